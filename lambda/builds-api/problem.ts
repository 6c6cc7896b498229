/** The API's error responses, as RFC 9457 defines them. */

/** Each kind has a status and a fixed title; {@link problemType} gives its type. */
export const problemKinds = {
  invalidRequest: { status: 400, title: "The request is not valid" },
  unknownBuild: { status: 404, title: "The build is not registered" },
  unknownJob: { status: 404, title: "ServiceStage does not know the job" },
  notLinked: { status: 404, title: "The committer is not linked" },
  notSubscribed: { status: 404, title: "The channel is not subscribed to the job" },
  unknownRoute: { status: 404, title: "The operation does not exist" },
  settingsDiffer: { status: 409, title: "The build is registered with other settings" },
  linkedToOther: { status: 409, title: "Another user is linked with the committer" },
  stopping: { status: 409, title: "The build is being stopped" },
  stillPending: { status: 409, title: "The earlier registration still has pending messages" },
  bodyTooLarge: { status: 413, title: "The body is too large" },
  unsupportedMediaType: { status: 415, title: "The content type of the body is not JSON" },
  internal: { status: 500, title: "The request failed" },
  serviceStageRefuses: { status: 502, title: "ServiceStage does not give the answer" },
  unavailable: { status: 503, title: "The stored data is not available at the moment" },
  serviceStageUnavailable: { status: 503, title: "ServiceStage is not available at the moment" },
} as const;

export type ProblemKind = keyof typeof problemKinds;

/** One error of a request: its place (a JSON pointer into the body, or a parameter's name) and what is expected. */
export type Fault = { pointer: string; detail: string } | { parameter: string; detail: string };

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: Fault[];
}

/** An operation throws this error; the handler answers with it. */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly kind: ProblemKind;
  readonly faults: Fault[];

  constructor(kind: ProblemKind, detail: string, details: { faults?: Fault[]; cause?: unknown } = {}) {
    super(detail, { cause: details.cause });
    this.kind = kind;
    this.faults = details.faults ?? [];
  }
}

/** Other callers were always faster. @param what such as "changing the link" */
export const contended = (what: string): ProblemError =>
  new ProblemError(
    "unavailable",
    `Other requests are ${what} right now. Send the request again in a moment.`,
  );

/** A name for clients to compare. No web page exists for it. */
export const problemType = (kind: ProblemKind): string => `urn:build-notifier:problem:${kind}`;

/** @param path the request's path, decoded */
export function renderProblem({ kind, message, faults }: ProblemError, path: string): Problem {
  const { status, title } = problemKinds[kind];
  const problem: Problem = {
    type: problemType(kind),
    title,
    status,
    detail: message,
    instance: encodeURI(path.toWellFormed()).replace(/[?#[\]]/g, encodeURIComponent),
  };
  return faults.length > 0 ? { ...problem, errors: faults } : problem;
}
