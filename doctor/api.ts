import type { Secret } from "../lambda/secret.ts";
import { bad, good, type Finding } from "./finding.ts";
import { hasApiToken } from "./secret.ts";

const subject = "API";

/** Calls it as nobody: to be refused is what is right. */
export async function checkApi(apiUrl: string, secret: Secret | undefined): Promise<Finding> {
  let status: number;
  try {
    const response = await fetch(`${apiUrl}/builds`, {
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    });
    ({ status } = response);
    await response.body?.cancel();
  } catch {
    return bad(subject, `${apiUrl} does not answer`, "check the network; if it lasts, npm run deploy");
  }
  if (status === 401 && secret && !hasApiToken(secret)) {
    return bad(
      subject,
      "it asks for a token, and the secret's apiTokens are empty",
      "add one: npm run credentials",
    );
  }
  if (status === 401) return good(subject, "it asks for a token");
  if (status === 403) return good(subject, "it asks for a signature that IAM allows");
  if (status < 400) return bad(subject, `it lets in whoever calls (${status})`, "npm run deploy");
  return bad(
    subject,
    `it answers ${status} to a call without authorization`,
    "read the log of the authorizer",
  );
}

/** Whether it is the token that a call without authorization lacks; no where it does not answer. */
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
