import type { CredentialSource } from "../lambda/tracking/ports.ts";

/**
 * A secret in memory with these credentials, one after the other: it moves to the next when the current ones are refused.
 * `refused` lists what callers reported, and `put` adds credentials that come after the others.
 */
export function heldCredentials<C>(
  first: C,
  ...later: C[]
): CredentialSource<C> & { refused: C[]; put(next: C): void } {
  const refused: C[] = [];
  let current = first;
  return {
    refused,
    put: (next) => void later.push(next),
    read: async () => current,
    renew: async (credentials) => {
      refused.push(credentials);
      if (!isSame(current, credentials)) return current;
      const next = later.shift();
      if (next === undefined || isSame(next, credentials)) return undefined;
      return (current = next);
    },
  };
}

/** A list of tokens is another object each time it is read. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
