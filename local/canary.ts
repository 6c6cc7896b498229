/**
 * Every secret of the local system and of the tests carries this text, and `npm test` fails when it is found in its
 * output: so whatever tells a secret is seen.
 */
export const canary = "c4narY7Zq2";

/** The bot token that the local Slack takes. */
export const localBotToken = `xoxb-${canary}`;
