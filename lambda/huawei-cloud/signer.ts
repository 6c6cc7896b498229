import { createHmac, hash } from "node:crypto";

/** Huawei Cloud's signature with an access key, SDK-HMAC-SHA256. The guide "AK/SK Signing" describes it. */

const algorithm = "SDK-HMAC-SHA256";

export interface SignableRequest {
  method: string;
  url: URL;
  /** All headers are signed. Include `Host` to sign it. Don't include `X-Sdk-Date`: it is added. */
  headers: Record<string, string>;
  body?: string;
}

/** @param now epoch milliseconds; the gateway accepts up to 15 minutes of difference. @returns the headers to add */
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

/** The text whose hash is signed. The client and the gateway must compute the same text. Its headers contain `X-Sdk-Date`. */
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

/** Encodes everything except letters, digits and `-_.~`. `encodeURIComponent` alone does not encode `!'()*`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The canonical path always ends with a slash, even if the URL does not. */
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
