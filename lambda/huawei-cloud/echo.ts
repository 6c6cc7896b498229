import { hide } from "../domain/hide.ts";
import type { HttpAnswer } from "./exchange.ts";

/** An answer may repeat what it was sent. Of that nothing goes on: into no message, no log, not even as a build's branch. */
export const withoutEcho = (answer: HttpAnswer, secrets: readonly string[]): HttpAnswer => ({
  ...answer,
  text: hide(answer.text, secrets),
  headers: hide(answer.headers, secrets),
});

/** What nobody else may see of a call's headers. */
export const secretsIn = (headers: Record<string, string>): string[] =>
  [
    headers["X-Auth-Token"],
    headers["X-Security-Token"],
    /Signature=(\w+)/.exec(headers["Authorization"] ?? "")?.[1],
  ].filter((value) => value !== undefined);
