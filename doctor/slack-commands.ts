import type { Secret } from "../lambda/runtime/secret.ts";
import { signatureOf } from "../lambda/slack-requests/signature.ts";
import { bad, good, unchecked, type Finding } from "./finding.ts";

const subject = "Slack's commands";

/** Sends Slack's own probe to the deployed function, signed with the secret. */
export async function checkCommands(
  apiUrl: string,
  { slackSigningSecrets: [secret] = [] }: Secret,
): Promise<Finding> {
  if (secret === undefined) return off;
  const status = await probe(`${apiUrl}/slack`, secret);
  switch (status) {
    case 200:
      return good(subject, "the function accepts what the signing secret signs");
    case undefined:
      return bad(
        subject,
        `${apiUrl} does not answer`,
        "check the network; if the problem stays, npm run deploy",
      );
    case 401:
    case 404:
      return bad(
        subject,
        `the function refuses what the first of the secret's slackSigningSecrets signs (${status})`,
        "a new secret needs up to a minute: try again then; if the problem stays, check your clock, and npm run deploy",
      );
    default:
      return bad(
        subject,
        `the function answers ${status}`,
        "docs/runbook.md says how to read its log, under Command errors",
      );
  }
}

const off = unchecked(
  subject,
  "off: the secret has no slackSigningSecrets, so Slack can't call",
  "if people should type commands in Slack: npm run slack-app",
);

/** Before a deployment, only the file can be checked. */
export const examineSigningSecret = ({ slackSigningSecrets = [] }: Secret): Finding =>
  slackSigningSecrets.length > 0 ? good(subject, "the file has a signing secret") : off;

/** Undefined without an answer. */
async function probe(url: string, secret: string): Promise<number | undefined> {
  const body = "ssl_check=1";
  const timestamp = String(Math.floor(Date.now() / 1_000));
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signatureOf(Buffer.from(body), timestamp, secret),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(12_000),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
