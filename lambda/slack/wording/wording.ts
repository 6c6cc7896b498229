import type { Language } from "../../names.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** Every word that people read in Slack, and nothing else; a file for each language. What is passed in is escaped. */
export type Wording = typeof en;

const catalogues: Record<Language, Wording> = { en, zh };

export const wordingIn = (language: Language = "en"): Wording => catalogues[language];
