import { setTimeout as sleep } from "node:timers/promises";

/** Looks again and again until there is a result other than undefined and false. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(50);
  }
}
