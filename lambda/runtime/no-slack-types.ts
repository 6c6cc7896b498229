/** Replaces `@slack/types` in the bundles. Slack's client only exports the enumerations of `@slack/types`, and nothing uses them. */
export default undefined;
