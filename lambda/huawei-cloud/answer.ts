import type * as z from "zod/mini";
// Imported separately, because `z.core` would bring all of zod into the bundle.
import { toDotPath } from "zod/v4/core";
import { ServiceStageError } from "../tracking/ports.ts";
import type { HttpAnswer } from "./exchange.ts";

/** Parses the answer's JSON with the schema. @throws {ServiceStageError} `notUnderstood` */
export function parse<S extends z.ZodMiniType>(schema: S, answer: HttpAnswer, about: string): z.output<S> {
  const result = schema.safeParse(parseJson(answer, about));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = toDotPath(issue?.path ?? []) || "the whole answer";
  throw notUnderstood(answer, about, `${place} is missing or not as documented (${issue?.code})`);
}

function parseJson(answer: HttpAnswer, about: string): unknown {
  if (answer.cutOff) throw notUnderstood(answer, about, "it is too long");
  try {
    return parseExactly(answer.text);
  } catch {
    throw notUnderstood(answer, about, "it is not JSON");
  }
}

/** A whole number that JavaScript would round becomes text, because two ids may differ only in the last digit. */
function parseExactly(json: string): unknown {
  // A reviver is many times slower, and almost no answer needs it.
  if (!/\d{16}/.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_key, value: unknown, { source }: { source?: string } = {}) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "")
      ? source
      : value,
  );
}

const notUnderstood = ({ status }: HttpAnswer, about: string, why: string): ServiceStageError =>
  new ServiceStageError(
    "notUnderstood",
    `${about}: the answer can't be read, ${why}; check the endpoint, and whether the API has changed`,
    { status },
  );
