/** The people and groups of the local workspace, by their ids. Slack shows a name in place of an id. */
const names: Readonly<Record<string, string>> = {
  U0JONAS001: "Jonas Weber",
  U0MEILIN01: "Mei Lin",
  S0ONCALL01: "on-call",
};

/** As in Slack, an id that the workspace does not know has no name of its own. */
export const nameOf = (id: string): string => (Object.hasOwn(names, id) ? names[id]! : "somebody");

/** For the form, which takes ids. */
export const people: readonly { id: string; name: string }[] = Object.entries(names).map(([id, name]) => ({
  id,
  name,
}));
