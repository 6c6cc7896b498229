/** What the bundles hold in place of `@slack/types`: Slack's client only passes its enumerations on, and nobody asks for them. */
export default undefined;
