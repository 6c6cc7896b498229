/** Characters that a screen does not show: separators, controls, formats, fillers, and the blank of Braille. */
const invisible = /[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Whether a reader sees anything of the text. */
export const isVisible = (text: string): boolean => text.replaceAll(invisible, "") !== "";
