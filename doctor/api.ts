import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { SignatureV4 } from "@smithy/signature-v4";
import { clientOptions } from "../lambda/runtime/aws-clients.ts";
import type { Secret } from "../lambda/runtime/secret.ts";
import type { Outputs } from "./aws.ts";
import { bad, good, repairSecret, unchecked, type Finding } from "./finding.ts";

const subject = "API";
const seeRunbook = 'see "API errors" in docs/runbook.md';

/** Calls the API twice: without authorization, which it must refuse, and with authorization, which must list builds. */
export async function checkApi(
  { apiUrl, authorization }: Pick<Outputs, "apiUrl" | "authorization">,
  secret: Secret | undefined,
): Promise<Finding> {
  const url = new URL(`${apiUrl}/builds?limit=1`);
  const toNobody = await statusOf(url, {});
  if (toNobody === undefined) return noAnswer(apiUrl);
  if (toNobody < 400)
    return bad(subject, `it accepts calls without authorization (${toNobody})`, "npm run deploy");
  if (toNobody !== 401 && toNobody !== 403) {
    return bad(subject, `it answers ${toNobody} to a call without authorization`, seeRunbook);
  }
  return authorization === "token" ? checkWithToken(url, secret) : checkWithSignature(url);
}

async function checkWithToken(url: URL, secret: Secret | undefined): Promise<Finding> {
  if (!secret)
    return unchecked(
      subject,
      "it refuses calls without a token; without the secret, nothing more can be checked",
      repairSecret,
    );
  const token = secret.apiTokens?.find(Boolean);
  if (token === undefined) {
    const remedy = "add one: npm run credentials";
    return bad(subject, "it needs a token, but the secret has no apiTokens", remedy);
  }
  const status = await statusOf(url, { authorization: `Bearer ${token}` });
  if (status === 401 || status === 403) {
    const remedy =
      "a new token needs up to a minute: try again then; if the problem stays, npm run credentials";
    return bad(subject, `it refuses the first of the secret's apiTokens (${status})`, remedy);
  }
  return judge(status, url, "it needs a token, and lists builds for a valid token");
}

async function checkWithSignature(url: URL): Promise<Finding> {
  const status = await statusOf(url, await sign(url));
  if (status === 401 || status === 403) {
    const seen = `it needs a signature, and IAM does not allow you to call it (${status}), so the answer can't be checked`;
    return unchecked(subject, seen, "use credentials with the permission execute-api:Invoke, and try again");
  }
  return judge(status, url, "it needs a signature, and lists builds for yours");
}

function judge(status: number | undefined, url: URL, fine: string): Finding {
  if (status === 200) return good(subject, fine);
  if (status === undefined) return noAnswer(url.origin);
  return bad(subject, `it answers ${status}, but it should list builds`, seeRunbook);
}

const noAnswer = (apiUrl: string): Finding =>
  bad(subject, `${apiUrl} does not answer`, "check the network; if the problem stays, npm run deploy");

/** Undefined without an answer. The error is dropped, because it may quote a header. */
async function statusOf(url: URL, headers: Record<string, string>): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(12_000);
    const response = await fetch(url, { headers, redirect: "manual", signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

/** Uses this shell's credentials and region, as all of the doctor's AWS calls do. */
async function sign(url: URL): Promise<Record<string, string>> {
  const { credentials, region, sha256 } = new CloudFormationClient(clientOptions).config;
  const signer = new SignatureV4({ service: "execute-api", credentials, region, sha256 });
  const { headers } = await signer.sign({
    method: "GET",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host },
  });
  return headers;
}

/** Whether the API asks for a token. False when the API does not answer. */
export async function asksForToken(apiUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${apiUrl}/builds`, {
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    });
    await response.body?.cancel();
    return response.status === 401;
  } catch {
    return false;
  }
}
