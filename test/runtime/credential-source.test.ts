import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createCredentials } from "../../lambda/runtime/credentials.ts";
import type { CredentialSource } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { createTestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { emptyAccount, openSecrets } from "../doctor/aws.ts";

/** What every source of credentials does, whether it reads a secret or holds the credentials in memory. */

const [first, second] = [[`${canary}-first-token`], [`${canary}-second-token`]];

const account = emptyAccount();
let secrets: Awaited<ReturnType<typeof openSecrets>>;
beforeEach(async () => {
  secrets = await openSecrets(account);
});
afterEach(async () => {
  await secrets.close();
});

function realSource(changes: boolean): CredentialSource<string[]> {
  const hold = (apiTokens: string[]) => void (account.secret = JSON.stringify({ apiTokens }));
  hold(first);
  const { apiTokens } = createCredentials(secrets.client, "credentials", createTestClock());
  return {
    read: async () => {
      const read = await apiTokens.read();
      if (changes) hold(second);
      return read;
    },
    renew: (refused) => apiTokens.renew(refused),
  };
}

describe.each<[string, (changes: boolean) => CredentialSource<string[]>]>([
  ["the secret in Secrets Manager", realSource],
  ["credentials in memory", (changes) => (changes ? heldCredentials(first, second) : heldCredentials(first))],
])("%s", (_, sourceOf) => {
  test("gives the same credentials until they are refused", async () => {
    const source = sourceOf(true);
    expect([await source.read(), await source.read()]).toEqual([first, first]);
  });

  test("gives the new credentials when the old ones are refused", async () => {
    const source = sourceOf(true);
    expect(await source.renew(await source.read())).toEqual(second);
  });

  test("gives the new credentials to whoever reads after the renewal", async () => {
    const source = sourceOf(true);
    await source.renew(await source.read());
    expect(await source.read()).toEqual(second);
  });

  test("gives the new credentials to everybody whose old ones are refused", async () => {
    const source = sourceOf(true);
    const refused = await source.read();
    expect([await source.renew(refused), await source.renew(refused)]).toEqual([second, second]);
  });

  test("gives them to all who ask at the same time", async () => {
    const source = sourceOf(true);
    const refused = await source.read();
    expect(await Promise.all([source.renew(refused), source.renew(refused)])).toEqual([second, second]);
  });

  test("gives nothing when it has only the refused credentials", async () => {
    const source = sourceOf(false);
    expect(await source.renew(await source.read())).toBeUndefined();
    expect(await source.read()).toEqual(first);
  });

  test("gives nothing when the new credentials are refused too", async () => {
    const source = sourceOf(true);
    await source.renew(await source.read());
    expect(await source.renew(second)).toBeUndefined();
  });
});
