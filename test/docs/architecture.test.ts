import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { drawArchitecture, picture } from "../../docs/architecture/draw.ts";

test("the README's picture is the one that `npm run architecture` draws from its text", async () => {
  expect(await readFile(picture, "utf8")).toBe(await drawArchitecture());
});
