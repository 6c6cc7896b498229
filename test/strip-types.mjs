import { stripTypeScriptTypes } from "node:module";

/** A Jest transformer: blanks the types out, so that lines and columns stay where they are. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
