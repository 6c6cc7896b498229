/**
 * Every secret of the local system and of the tests carries this text, and `npm test` fails when it is found in its
 * output: so whatever tells a secret is seen.
 */
export const canary = "c4narY7Zq2";

/** The bot token that the local Slack takes. */
export const localBotToken = `xoxb-${canary}`;

/** A key as long as those of Huawei Cloud, for everything that is simulated. */
export const localKey = {
  kind: "accessKey",
  accessKey: "LOCALACCESSKEY000001",
  secretKey: `${canary}/0123456789+ABCDEFGHIJKLMNOPQ`,
} as const;
