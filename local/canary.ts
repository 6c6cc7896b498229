/**
 * Every secret of the local system and of the tests contains this text. `npm test` fails if its output contains the text,
 * so no code can print a secret unnoticed.
 */
export const canary = "c4narY7Zq2";

/** The bot token that the local Slack accepts. */
export const localBotToken = `xoxb-${canary}`;
