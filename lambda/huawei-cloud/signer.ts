import { createHmac, hash } from "node:crypto";

/** Huawei Cloud's signature with an access key: SDK-HMAC-SHA256, as the guide "AK/SK Signing" describes it. */

const algorithm = "SDK-HMAC-SHA256";

export interface SignableRequest {
  method: string;
  url: URL;
  /** All of them are signed; `Host` belongs in here if it shall be, `X-Sdk-Date` does not. */
  headers: Record<string, string>;
  body?: string;
}

/** @param now epoch milliseconds; the gateway accepts 15 minutes around its own time. @returns the headers to add. */
export function sign(
  request: SignableRequest,
  key: { accessKey: string; secretKey: string },
  now: number,
): { "X-Sdk-Date": string; Authorization: string } {
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const signed = signedHeaders({ ...request.headers, "X-Sdk-Date": date });
  const stringToSign = [algorithm, date, sha256(canonicalText(request, signed))].join("\n");
  const signature = createHmac("sha256", key.secretKey).update(stringToSign).digest("hex");
  return {
    "X-Sdk-Date": date,
    Authorization: `${algorithm} Access=${key.accessKey}, SignedHeaders=${namesOf(signed)}, Signature=${signature}`,
  };
}

/** The text whose hash is signed: both sides must come to the same one. Its headers hold the `X-Sdk-Date`. */
export const canonicalRequest = (dated: SignableRequest): string =>
  canonicalText(dated, signedHeaders(dated.headers));

const canonicalText = ({ method, url, body = "" }: SignableRequest, signed: SignedHeaders): string =>
  [
    method.toUpperCase(),
    canonicalPath(url),
    canonicalQuery(url),
    signed.map(([name, value]) => `${name}:${value}\n`).join(""),
    namesOf(signed),
    sha256(body),
  ].join("\n");

/** Leaves only letters, digits and `-_.~` as they are; `encodeURIComponent` lets `!'()*` pass too. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** It always ends with a slash, also where the URL that is sent does not. */
const canonicalPath = ({ pathname }: URL): string => {
  const path = pathname.split("/").map((segment) => percentEncode(decodeURIComponent(segment)));
  return path.join("/").replace(/\/?$/, "/");
};

const canonicalQuery = ({ searchParams }: URL): string =>
  [...searchParams]
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.map(percentEncode).join("="))
    .join("&");

type SignedHeaders = readonly [name: string, value: string][];

const signedHeaders = (headers: Record<string, string>): SignedHeaders =>
  Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
    .toSorted(([a], [b]) => compare(a, b));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const namesOf = (signed: SignedHeaders): string => signed.map(([name]) => name).join(";");

const sha256 = (text: string): string => hash("sha256", text, "hex");
