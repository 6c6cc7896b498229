import { describe, expect, test } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { openApiDocument } from "../../lambda/builds-api/openapi.ts";
import { problemKinds } from "../../lambda/builds-api/problem.ts";
import { routes } from "../../lambda/names.ts";
import { faultOfComponent } from "./document.ts";
import { startApi } from "./system.ts";

interface Media {
  schema: { $ref?: string };
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  responses: Record<string, { content?: Record<string, Media> }>;
}
const document = structuredClone(openApiDocument()) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { examples?: unknown[] }> };
};
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);

describe("the OpenAPI document", () => {
  test("is valid", async () => {
    const { errors, valid } = await new Validator().validate({ ...document });
    expect({ errors, valid }).toEqual({ errors: undefined, valid: true });
  });

  test("is served by the API", async () => {
    const api = await startApi();
    const { body } = await api.call("GET", "/openapi.json");
    await api.close();
    expect(body).toEqual(document);
  });

  test("describes every route, and no other route", () => {
    expect(operations.map(({ route }) => route).toSorted()).toEqual(Object.values(routes).toSorted());
  });

  test("describes every problem, except the one for unknown routes", () => {
    const named = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ content }) =>
        Object.keys(content?.["application/problem+json"]?.examples ?? {}),
      ),
    );
    const known = Object.keys(problemKinds).filter((kind) => kind !== "unknownRoute");
    expect([...new Set(named)].toSorted()).toEqual(known.toSorted());
  });

  test.each(operations)("the examples of $route match their schemas", ({ operation }) => {
    const media = Object.values(operation.responses).flatMap(({ content = {} }) => Object.values(content));
    const examples = media.flatMap(({ schema, example, examples = {} }) =>
      [example, ...Object.values(examples).map(({ value }) => value)]
        .filter((value) => value !== undefined)
        .map((value) => ({ component: schema.$ref!.split("/").at(-1)!, value })),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { component, value } of examples) expect(faultOfComponent(component, value)).toBeUndefined();
  });

  test("the example of a registration matches its schema", () => {
    const examples = document.components.schemas["Registration"]!.examples!;
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(faultOfComponent("Registration", example)).toBeUndefined();
  });
});
