import type { Language } from "../../names.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** All texts that people read in Slack, one file for each language. The parameters must already be escaped. */
export type Wording = typeof en;

const catalogues: Record<Language, Wording> = { en, zh };

export const wordingIn = (language: Language = "en"): Wording => catalogues[language];
