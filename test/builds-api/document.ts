import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openApiDocument } from "../../lambda/builds-api/openapi.ts";

/** Compares the API's answers with its OpenAPI document. */

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

/** @param route a route key, such as `GET /builds`. @returns the difference, or undefined if the answer is as documented */
export function faultOfAnswer(route: string, { status, type, body }: Received): string | undefined {
  const [method = "", path = ""] = route.split(" ");
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[status];
  if (!response) return `${route} does not document the status ${status}: ${JSON.stringify(body)}`;
  if (!response.content) {
    return body === undefined
      ? undefined
      : `${route} documents no body for ${status}: ${JSON.stringify(body)}`;
  }
  if (!Object.hasOwn(response.content, type ?? "")) {
    return `${route} does not document the type ${type} for ${status}`;
  }
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
  return faultOf(`document#${pointer(...place)}`, body);
}

/** @param name the name of a schema in the document, such as `Build` */
export const faultOfComponent = (name: string, value: unknown): string | undefined =>
  faultOf(`document#${pointer("components", "schemas", name)}`, value);

function faultOf(schema: string, value: unknown): string | undefined {
  const validate = ajv.getSchema(schema);
  if (!validate) return `There is no schema ${schema}`;
  return validate(value) ? undefined : JSON.stringify({ value, faults: validate.errors });
}
