/** Problems as RFC 9457 defines them: what the API answers whenever it does not do what it was asked. */

/** Each kind has its status and a title that never changes; its type is {@link problemType}. */
export const problemKinds = {
  invalidRequest: { status: 400, title: "The request is not valid" },
  unknownBuild: { status: 404, title: "No such build is registered" },
  unknownRoute: { status: 404, title: "No such operation" },
  settingsDiffer: { status: 409, title: "The build is registered with other settings" },
  stopping: { status: 409, title: "The build is being stopped" },
  stillPending: { status: 409, title: "The earlier registration still owes messages" },
  bodyTooLarge: { status: 413, title: "The body is too large" },
  unsupportedMediaType: { status: 415, title: "The body is not declared as JSON" },
  internal: { status: 500, title: "The request failed" },
  unavailable: { status: 503, title: "The builds can't be reached just now" },
} as const;

export type ProblemKind = keyof typeof problemKinds;

/** One fault of a request: where it is (a JSON pointer into the body, or a parameter's name) and what is expected. */
export type Fault = { pointer: string; detail: string } | { parameter: string; detail: string };

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: Fault[];
}

/** Thrown by an operation and answered by the handler. */
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

/** A name that clients may compare; there is no page behind it. */
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
