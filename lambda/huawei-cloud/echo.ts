import { hide } from "../domain/hide.ts";
import type { HttpAnswer } from "./exchange.ts";

/** Hides secrets that an answer repeats from its request, so that they can't reach a message, a log or a build's details. */
export const withoutEcho = (answer: HttpAnswer, secrets: readonly string[]): HttpAnswer => ({
  ...answer,
  text: hide(answer.text, secrets),
  headers: hide(answer.headers, secrets),
});

/** The secrets in a call's headers. */
export const secretsIn = (headers: Record<string, string>): string[] =>
  [
    headers["X-Auth-Token"],
    headers["X-Security-Token"],
    /Signature=(\w+)/.exec(headers["Authorization"] ?? "")?.[1],
  ].filter((value) => value !== undefined);
