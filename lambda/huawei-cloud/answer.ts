import type * as z from "zod/mini";
// By itself: `z.core` would bring the whole of zod into the bundle.
import { toDotPath } from "zod/v4/core";
import { ServiceStageError } from "../tracking/ports.ts";
import type { HttpAnswer } from "./exchange.ts";

/** The answer's JSON, as the schema has it. @throws {ServiceStageError} `notUnderstood` */
export function parse<S extends z.ZodMiniType>(schema: S, answer: HttpAnswer, about: string): z.output<S> {
  const result = schema.safeParse(parseJson(answer, about));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = toDotPath(issue?.path ?? []) || "the whole";
  throw notUnderstood(answer, about, `${place} is missing or not as documented (${issue?.code})`);
}

function parseJson(answer: HttpAnswer, about: string): unknown {
  if (answer.cutOff) throw notUnderstood(answer, about, "it is longer than is read");
  try {
    return parseExactly(answer.text);
  } catch {
    throw notUnderstood(answer, about, "it is not JSON");
  }
}

/** A whole number that JavaScript would round becomes its digits as text: two ids may differ in the last one. */
function parseExactly(json: string): unknown {
  // A reviver takes many times as long, and nearly no answer needs it.
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
    `${about}: the answer is not understood, ${why}; check the endpoint, and whether the API changed`,
    { status },
  );
