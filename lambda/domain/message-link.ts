import type { Receipt } from "./delivery.ts";

/**
 * The address of a message. Slack redirects a signed-in user to the workspace, so no call of Slack is needed.
 * @returns undefined if the receipt is missing, or is not a valid place in Slack
 */
export function messageLink(receipt: Receipt | undefined, slackApiUrl: string): string | undefined {
  if (!isPlace(receipt)) return undefined;
  return `${new URL(slackApiUrl).origin}/archives/${receipt.channel}/p${receipt.ts.replace(".", "")}`;
}

export const isPlace = (receipt: Receipt | undefined): receipt is Receipt =>
  isLike(/^[A-Z0-9]+$/, receipt?.channel) && isLike(/^\d+\.\d+$/, receipt?.ts);

const isLike = (form: RegExp, stored: unknown): boolean => typeof stored === "string" && form.test(stored);
