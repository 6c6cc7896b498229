import type { Language } from "../../names.ts";
import { en } from "./commands-en.ts";
import { zh } from "./commands-zh.ts";

/** The texts of the answers to commands. They are apart from the texts of messages, which the poll function needs. */
export type CommandWording = typeof en;

const catalogues: Record<Language, CommandWording> = { en, zh };

export const commandWordingIn = (language: Language): CommandWording => catalogues[language];
