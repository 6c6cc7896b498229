/**
 * Every secret of the local system and of the tests contains this text. `npm test` fails if its output contains the
 * text, because then something printed a secret.
 */
export const canary = "c4narY7Zq2";

/** The bot token that the local Slack accepts. */
export const localBotToken = `xoxb-${canary}`;

/** The local Slack signs its requests with this secret. */
export const localSigningSecret = `${canary}signs0123456789`;

/** A key as long as those of Huawei Cloud, for everything that is simulated. */
export const localKey = {
  kind: "accessKey",
  accessKey: "LOCALACCESSKEY000001",
  secretKey: `${canary}/0123456789+ABCDEFGHIJKLMNOPQ`,
} as const;
