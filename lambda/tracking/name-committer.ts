import type { Build } from "../domain/build.ts";
import type { Closing } from "../domain/closing.ts";
import {
  committerName,
  committerToName,
  nameIn,
  unknownCommitter,
  type NamedCommitter,
} from "../domain/committer.ts";
import type { CommitterStore, Log } from "./ports.ts";

export interface NameCommitterParts {
  store: Pick<CommitterStore, "loadCommitter" | "saveCommitter">;
  /** Whether Slack can call, so that the command in the hint works. */
  takesCommands: () => Promise<boolean>;
  log: Log;
}

/** An attempt fails only if another write of the same name succeeds. */
const attempts = 5;

/**
 * Finds whom the message about a build's failure names as the committer. That a name had its hint is stored before the
 * message is recorded, so a process that died in between finds it again as its own. Without an answer of the store, the
 * message has the name alone: nothing here holds it up.
 */
export async function nameCommitter(
  build: Build,
  parts: NameCommitterParts,
): Promise<Pick<Closing, "committer">> {
  const shown = committerToName(build);
  if (shown === undefined) return {};
  try {
    return { committer: await findNamed(shown, build.registration.id, parts) };
  } catch (error) {
    parts.log.warn("The store was not asked whose commit it is, so the message mentions no committer", {
      buildId: build.buildId,
      error,
    });
    return { committer: { name: shown } };
  }
}

async function findNamed(
  shown: string,
  registrationId: string,
  { store, takesCommands }: NameCommitterParts,
): Promise<NamedCommitter> {
  const name = committerName(shown);
  if (name === undefined) return { name: shown };
  const mayHint = await takesCommands();
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const known = (await store.loadCommitter(name)) ?? unknownCommitter(name);
    const { named, next } = nameIn(known, shown, registrationId, mayHint);
    if (next === known || (await store.saveCommitter(next))) return named;
  }
  return { name: shown };
}
