import type { Html } from "../../../local/html.ts";

/** What a person reads of it: without tags, on one line. */
export const wordsOf = (html: Html | string): string =>
  (typeof html === "string" ? html : html.text)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&#(\d+);/g, (_entity, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, " ")
    .trim();
