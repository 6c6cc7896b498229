import { expect } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openApiDocument } from "../../lambda/builds-api/openapi.ts";

/** Holds what the API answers to the OpenAPI document that it serves. */

interface Operation {
  responses: Record<string, { content?: Record<string, unknown>; headers?: Record<string, unknown> }>;
}
const document = openApiDocument() as { paths: Record<string, Record<string, Operation>> };

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);
ajv.addSchema(document, "document");

const pointer = (...keys: string[]): string =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");

export interface Received {
  status: number;
  type: string | undefined;
  /** The parsed JSON; undefined for an empty body. */
  body: unknown;
}

/** @param route a route key, such as `GET /builds` */
export function expectDocumented(route: string, { status, type, body }: Received): void {
  const [method = "", path = ""] = route.split(" ");
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
  expect({ route, status, documented: response !== undefined }).toEqual({ route, status, documented: true });
  if (!response?.content) return expect({ route, status, body }).toEqual({ route, status, body: undefined });
  expect(Object.keys(response.content)).toContain(type);
  const place = [
    "paths",
    path,
    method.toLowerCase(),
    "responses",
    String(status),
    "content",
    type ?? "",
    "schema",
  ];
  expectSchema(`document#${pointer(...place)}`, body);
}

export const expectComponent = (name: string, value: unknown): void =>
  expectSchema(`document#${pointer("components", "schemas", name)}`, value);

function expectSchema(schema: string, value: unknown): void {
  const validate = ajv.getSchema(schema);
  expect(validate).toBeDefined();
  const valid = validate!(value);
  expect({ value, valid, faults: validate!.errors }).toEqual({ value, valid: true, faults: null });
}
