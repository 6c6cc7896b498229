import { environmentNames } from "../names.ts";
import { ServiceStageError, type ServiceStageFailure } from "../tracking/ports.ts";
import type { HttpAnswer } from "./exchange.ts";

/**
 * A rule for the meaning of an error answer. ServiceStage and its gateway use the same status for different errors, so
 * the error codes decide first, then the status. The first rule that applies is used.
 */
interface Rule {
  applies(answer: Refusal): boolean;
  reason: ServiceStageFailure;
  says: string;
}

interface Refusal extends ErrorBody {
  status: number;
  /** The time in the `Date` header, in epoch milliseconds. */
  answeredAt?: number;
  /** The digits of a gateway's code, `APIGW.0301` or, from an older gateway, `APIG.0301`. */
  gateway?: string;
}

interface ErrorBody {
  /** Whether the body is not JSON, but a page of a gateway, a proxy or another service. */
  foreign: boolean;
  code?: string;
  text?: string;
  requestId?: string;
}

const wrongPlace = ({ status, gateway, foreign }: Refusal): boolean =>
  gateway === "0101" || (status >= 300 && status < 400) || (status === 404 && (foreign || !!gateway));

const generalRules: Rule[] = [
  {
    applies: ({ status, gateway }) => gateway === "0308" || status === 429,
    reason: "throttled",
    says: "too many calls at the moment; a longer poll interval makes fewer calls",
  },
  {
    applies: ({ status }) => status >= 500 || status === 408,
    reason: "unavailable",
    says: "the service reported an error of its own, which is usually over soon",
  },
  {
    applies: () => true,
    reason: "notUnderstood",
    says: "the API does not document this answer; report it with its code",
  },
];

/** What a call is about: a build, a job, or a list, which can't be unknown. */
export type Subject = "build" | "job" | "list";

const ruleForUnknown = (subject: "build" | "job"): Rule => ({
  applies: ({ status, code = "" }) => /^SVCSTG\.CPE\.40[04]/.test(code) || status === 404,
  reason: unknownReasons[subject],
  says: `ServiceStage can't find the ${subject}; check the ${subject} ID, the region and the project`,
});

export const unknownReasons = { build: "unknownBuild", job: "unknownJob" } as const;

const rulesFor = (subject: Subject, acts: boolean): Rule[] => [
  {
    applies: wrongPlace,
    reason: "unavailable",
    says: `the endpoint is wrong: it does not serve ServiceStage's build API; check ${environmentNames.serviceStageEndpoint} and the region`,
  },
  {
    applies: ({ status, gateway }) => gateway === "0301" || gateway === "0307" || status === 401,
    reason: "refused",
    says: "the credentials are refused; check that the credentials in the secret are active and belong to this region",
  },
  {
    applies: ({ status }) => status === 403,
    reason: "forbidden",
    says: `the credentials lack a permission; give their user the policy ${acts ? "ServiceStage Development" : "ServiceStage ReadOnlyAccess"}`,
  },
  ...(subject === "list" ? [] : [ruleForUnknown(subject)]),
  ...generalRules,
];

const signInRules: Rule[] = [
  {
    applies: wrongPlace,
    reason: "unavailable",
    says: `the endpoint is wrong: it does not serve the IAM sign-in; check ${environmentNames.iamEndpoint} and the region`,
  },
  {
    applies: ({ status }) => [400, 401, 403, 404].includes(status),
    reason: "refused",
    says: "the user, password, domain, region or project is refused; check the secret, and check that the user has no MFA",
  },
  ...generalRules,
];

/**
 * @param about what the call was for, such as `build abc`; the message begins with it
 * @param acts whether the call changes something, which needs another permission
 */
export function failureOfAnswer(
  answer: HttpAnswer,
  about: string,
  subject: Subject,
  acts = false,
): ServiceStageError {
  const refusal = readRefusal(answer);
  return failureBy(rulesFor(subject, acts), refusal, about, refusal.text);
}

/** The message does not quote IAM's answer, because the answer may repeat the password. */
export const failureOfSignIn = (answer: HttpAnswer, about: string): ServiceStageError =>
  failureBy(signInRules, readRefusal(answer), about);

/**
 * Turns an exception of a call into a failure. The exception's own message is dropped, because it may quote a token.
 * @param host the host that was called
 * @param isLate whether the call's time was over
 */
export function failureOfCall(
  error: unknown,
  about: string,
  host: string,
  isLate: boolean,
): ServiceStageError {
  const code = codeOf(error);
  if (isLate) {
    return new ServiceStageError(
      "unavailable",
      `${about}: ${host} did not answer in time; if the problem stays, check the endpoint`,
    );
  }
  if (code === "ERR_INVALID_CHAR") {
    return new ServiceStageError(
      "refused",
      `${about}: the credentials contain a character that an HTTP header can't contain; check the secret for line breaks`,
    );
  }
  return new ServiceStageError(
    "unavailable",
    `${about}: the connection to ${host} failed (${code ?? "no reason given"}); if the problem stays, check the endpoint`,
  );
}

/** The code of one of Node's errors, such as `ECONNRESET`. */
export const codeOf = (error: unknown): string | undefined => identifier(objectOf(error)["code"]);

function failureBy(rules: Rule[], refusal: Refusal, about: string, text?: string): ServiceStageError {
  const { reason, says } = rules.find((rule) => rule.applies(refusal))!;
  const { status, code, requestId, answeredAt } = refusal;
  const answered = [status, code, text].filter(Boolean).join(", ");
  return new ServiceStageError(reason, `${about}: ${says} (${answered})`, {
    status,
    ...(code && { code }),
    ...(requestId && { requestId }),
    ...(answeredAt && { answeredAt }),
  });
}

function readRefusal({ status, headers, text }: HttpAnswer): Refusal {
  const body = parseErrorBody(text);
  const requestId = body.requestId ?? identifier(headers["x-request-id"]);
  const gateway = /^APIGW?\.(\d+)$/.exec(body.code ?? "")?.[1];
  const answeredAt = Date.parse(headers.date ?? "");
  return {
    status,
    ...body,
    ...(requestId && { requestId }),
    ...(gateway && { gateway }),
    ...(answeredAt && { answeredAt }),
  };
}

/**
 * Four formats are documented: `{error_code, error_msg, request_id}`, `{errorCode, errorMessage, detail}`, an array with
 * the second format, and IAM's `{error: {code, message, title}}`.
 */
function parseErrorBody(body: string): ErrorBody {
  const json = parse(body);
  if (json === undefined) return { foreign: body.trim() !== "" };
  const first = objectOf(Array.isArray(json) ? json[0] : json);
  const fields = { ...objectOf(first["error"]), ...first };
  const code = identifier(fields["error_code"] ?? fields["errorCode"] ?? fields["code"]);
  const text = quote(fields["error_msg"] ?? fields["errorMessage"] ?? fields["message"]);
  const requestId = identifier(fields["request_id"]);
  return { foreign: false, ...(code && { code }), ...(text && { text }), ...(requestId && { requestId }) };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const identifier = (value: unknown): string | undefined =>
  (typeof value === "string" || typeof value === "number") && /^[\w.-]{1,64}$/.test(`${value}`)
    ? `${value}`
    : undefined;

/** Quotes a text on one line, cut to a limit, without any word as long as a key, a signature or a token. */
const quote = (text: unknown): string | undefined =>
  typeof text === "string"
    ? text
        .replace(/[\p{C}\s]+/gu, " ")
        .replace(/\S{32,}/g, "[…]")
        .slice(0, 200)
        .trim() || undefined
    : undefined;
