/** Addresses to which a later answer may be posted. They come from the request, so they are compared with Slack's hosts. */

/** The default Slack's. Another Slack, such as GovSlack, has its own host. */
const slacksHooks = "hooks.slack.com";
const charsAtMost = 500;

/** @param slackApiUrl such as `https://slack.com/api/`. Only a Slack on this machine may be called without https */
export function isResponseUrl(text: string, slackApiUrl: string): boolean {
  const url = text.length <= charsAtMost ? URL.parse(text) : null;
  if (!url || url.username !== "" || url.password !== "") return false;
  const api = new URL(slackApiUrl);
  const hosts = [api.host, `hooks.${api.host}`];
  if (url.protocol === "https:") return [slacksHooks, ...hosts].includes(url.host);
  return url.protocol === api.protocol && url.host === api.host;
}
