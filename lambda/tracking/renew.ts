import type { Clock, CredentialSource } from "./ports.ts";

/** Wrong credentials of callers make the secret be read again at most this often. */
const renewAtMostEveryMillis = 60_000;

/**
 * For credentials that callers must match. If they do not suffice, the secret is read again, so that a new credential works
 * within a minute.
 * @throws when the secret can't be read
 */
export function createRenewal<C>(source: CredentialSource<C>, clock: Pick<Clock, "now">) {
  let renewedAt = -Infinity;
  return async (suffice: (held: C) => boolean): Promise<C> => {
    const held = await source.read();
    if (suffice(held) || clock.now() - renewedAt < renewAtMostEveryMillis) return held;
    renewedAt = clock.now();
    return (await source.renew(held)) ?? held;
  };
}
