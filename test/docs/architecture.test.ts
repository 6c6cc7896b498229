import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { drawArchitecture, picture } from "../../docs/architecture/draw.ts";

test("`npm run architecture` draws the README's picture from its text", async () => {
  expect(await readFile(picture, "utf8")).toBe(await drawArchitecture());
});
