import { SignatureV4 } from "@smithy/signature-v4";
import { defaultProvider } from "./aws-credentials.ts";
import { Sha256 } from "./sha256.ts";

/** Slack waits three seconds, a cold start included. */
const usualTimeoutMillis = 2_000;

/**
 * Invokes a function asynchronously: Lambda stores the event, and answers before the function runs. Lambda's client would
 * add 86 KB to the bundle, and the bundle holds the signer anyway.
 * @throws if Lambda did not accept the event, or gave no answer
 */
export async function invokeLater(
  functionName: string,
  event: object,
  env: NodeJS.ProcessEnv = process.env,
  timeoutMillis = usualTimeoutMillis,
): Promise<void> {
  const { AWS_REGION: region = "", AWS_ENDPOINT_URL_LAMBDA: endpoint = endpointIn(region) } = env;
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`, endpoint);
  const body = JSON.stringify(event);
  const { headers } = await signerFor(region).sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: {
      host: url.host,
      "content-type": "application/json",
      "x-amz-invocation-type": "Event",
    },
    body,
  });
  const signal = AbortSignal.timeout(timeoutMillis);
  const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
  response.body?.cancel().catch(() => undefined);
  if (response.status !== 202) throw new Error(`Lambda answered the invocation with ${response.status}`);
}

const endpointIn = (region: string): string =>
  `https://lambda.${region}.${region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;

const signerFor = (region: string): SignatureV4 =>
  new SignatureV4({ service: "lambda", region, credentials: defaultProvider(), sha256: Sha256 });
