import {
  ServiceStageError,
  type Clock,
  type CredentialSource,
  type HuaweiCredentials,
  type Log,
  type ServiceStage,
  type ServiceStageActions,
} from "../tracking/ports.ts";
import { secretsIn, withoutEcho } from "../huawei-cloud/echo.ts";
import { exchange, maxAnswerBytes, type HttpAnswer, type HttpRequest } from "../huawei-cloud/exchange.ts";
import { failureOfAnswer, unknownReasons, type Subject } from "../huawei-cloud/failure.ts";
import { readTail } from "./log.ts";
import { entriesPerPage } from "./pages.ts";
import {
  parseCancelled,
  parseDetails,
  parseJob,
  parseJobBuilds,
  parseJobs,
  parseLogPage,
  parsePhases,
  parseStarted,
} from "./parse.ts";
import { percentEncode, sign } from "../huawei-cloud/signer.ts";
import { createFetchToken } from "../huawei-cloud/token.ts";

const prefix = "/assembling/v1";

/** The limit of one answer with a part of a log. */
const maxLogBytes = 4 * 1024 * 1024;
/**
 * The limit of one answer about jobs. A job's answer has its commands too, so that a page of 100 jobs may have 20 KB for
 * each. If ServiceStage ignores the pages, the whole list arrives in one answer: some 15,000 builds.
 */
const maxJobBytes = 2 * 1024 * 1024;

export interface ServiceStageOptions {
  /** Such as `https://servicestage.cn-north-4.myhuaweicloud.com`. */
  endpoint: string;
  /** The IAM endpoint, where users sign in with a password. Access keys don't need it. */
  iamEndpoint: string;
  region: string;
  /** Only for a sub-project. */
  projectId?: string | undefined;
  credentials: CredentialSource<HuaweiCredentials>;
  clock: Pick<Clock, "now">;
  /** The limit for each call. A sign-in is a call too. */
  timeoutMillis?: number;
  log: Log;
}

/**
 * Implements ServiceStage's calls about builds and jobs (API pages 0218 to 0221, 0269, 0270, 0276 and 0333).
 * Refused credentials are never tried twice, because several failures in a row lock an access key. The call is repeated
 * once, and only if the secret holds other credentials by then.
 */
export function createServiceStage(options: ServiceStageOptions): ServiceStage & ServiceStageActions {
  const { credentials, log } = options;
  const call = createCall(options);

  async function make(asked: Asked): Promise<HttpAnswer> {
    const { about } = asked;
    const first = await read(about);
    try {
      return await call(asked, first);
    } catch (error) {
      const others = isRefused(error) ? await renew(first, about) : undefined;
      if (!others) throw error;
      log.warn(
        "ServiceStage refused the credentials. The secret holds new ones now, and the call is made again",
        { about },
      );
      return call(asked, others);
    }
  }

  async function read(about: string): Promise<HuaweiCredentials> {
    try {
      return await credentials.read();
    } catch (cause) {
      throw new ServiceStageError(
        "unavailable",
        `${about}: the credentials for Huawei Cloud can't be read: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  /** When the secret can't be read again, this function does not throw, so that the caller sees the refusal itself. */
  async function renew(refused: HuaweiCredentials, about: string): Promise<HuaweiCredentials | undefined> {
    try {
      return await credentials.renew(refused);
    } catch (error) {
      log.error("The credentials were refused, and the secret could not be read again", {
        about,
        error: messageOf(error),
      });
      return undefined;
    }
  }

  return {
    async fetchPhases(buildId) {
      const asked = ask("build", buildId, "/phases");
      return parsePhases(await make(asked), asked.about);
    },
    async fetchDetails(buildId) {
      const asked = ask("build", buildId);
      return parseDetails(await make(asked), asked.about);
    },
    async fetchLogTail(buildId) {
      const about = `the log of build ${buildId}`;
      const fetchPage = async (from: number) =>
        parseLogPage(
          await make({ ...ask("build", buildId, `/logs?from=${from}`), about, maxBytes: maxLogBytes }),
          about,
        );
      return readTail(fetchPage, options.clock);
    },
    async fetchJob(jobId) {
      const asked = ask("job", jobId);
      return parseJob(await make(asked), asked.about, jobId);
    },
    async fetchJobBuilds({ jobId, jobName }, page) {
      const about = `the builds of job ${jobName}`;
      const query = queryOf({ name: jobName, page, per_page: entriesPerPage });
      return parseJobBuilds(await make({ ...ask("job", jobId, `/builds${query}`), about }), about, page);
    },
    async fetchJobs(page, jobName) {
      const about = "the list of jobs";
      const query = queryOf({ page, per_page: entriesPerPage, ...(jobName && { job_name: jobName }) });
      const path = `${prefix}/jobs${query}`;
      return parseJobs(await make({ path, about, subject: "list" }), about, page);
    },
    async cancelBuild(buildId) {
      const about = `cancelling build ${buildId}`;
      const answer = await make({ ...ask("build", buildId), about, method: "PATCH" });
      await perhapsActed(() => parseCancelled(answer, about));
    },
    async startBuild(jobId) {
      const about = `starting a build of job ${jobId}`;
      const answer = await make({ ...ask("job", jobId, "/builds"), about, method: "POST" });
      return perhapsActed(() => parseStarted(answer, about));
    },
  };
}

interface Asked {
  path: string;
  /** What the call is for. Error messages begin with it. */
  about: string;
  subject: Subject;
  maxBytes?: number;
  /** Default: GET. Any other method changes something. */
  method?: HttpRequest["method"];
}

type Call = (asked: Asked, credentials: HuaweiCredentials) => Promise<HttpAnswer>;

function createCall(options: ServiceStageOptions): Call {
  const { endpoint, projectId, clock, timeoutMillis = 5_000 } = options;
  const fetchToken = createFetchToken({ ...options, timeoutMillis });
  const base = new URL(endpoint).href.replace(/(?<!\/)\/+$/, "");

  async function send(
    { about, subject, method = "GET", maxBytes = subject === "build" ? maxAnswerBytes : maxJobBytes }: Asked,
    url: URL,
    authorization: Record<string, string>,
  ): Promise<HttpAnswer> {
    const acts = method !== "GET";
    const headers = { ...contentType, ...authorization };
    const call = () => exchange({ method, url, headers }, about, timeoutMillis, maxBytes);
    const answer = withoutEcho(await (acts ? perhapsActed(call) : call()), secretsIn(headers));
    // It is documented that reading answers 200. For the others, 201, 202 and 204 are as likely.
    if (answer.status === 200 || (acts && answer.status > 200 && answer.status < 300)) return answer;
    const failure = failureOfAnswer(answer, about, subject, acts);
    failure.mayHaveActed = acts && (answer.status >= 500 || answer.status === 408);
    throw failure;
  }

  return async (asked, credentials) => {
    const url = new URL(base + asked.path);
    if (credentials.kind === "accessKey") {
      return send(asked, url, signedHeaders(asked.method ?? "GET", url, credentials, projectId, clock.now()));
    }
    const token = await fetchToken(credentials);
    try {
      return await send(asked, url, { "X-Auth-Token": token });
    } catch (error) {
      // A token becomes invalid early when its user's password or permissions change.
      if (!isRefused(error)) throw error;
      return send(asked, url, { "X-Auth-Token": await fetchToken(credentials, token) });
    }
  };
}

/** Makes a call that changes something, or reads its answer. After a failure it may have had its effect. */
async function perhapsActed<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ServiceStageError) error.mayHaveActed = true;
    throw error;
  }
}

const contentType = { "Content-Type": "application/json;charset=utf8" };

function signedHeaders(
  method: HttpRequest["method"],
  url: URL,
  key: Extract<HuaweiCredentials, { kind: "accessKey" }>,
  projectId: string | undefined,
  now: number,
): Record<string, string> {
  const added = {
    ...(projectId && { "X-Project-Id": projectId }),
    ...(key.securityToken && { "X-Security-Token": key.securityToken }),
  };
  const headers = { ...contentType, ...added, Host: url.host };
  return { ...added, ...sign({ method, url, headers }, key, now) };
}

/**
 * A call about this build or job.
 * @throws {ServiceStageError} for an id that can't be in a URL: `.` and `..` change the path, also encoded
 */
function ask(subject: "build" | "job", id: string, part = ""): Asked {
  const about = `${subject} ${id}`;
  if (/^\.{0,2}$/.test(id) || !id.isWellFormed()) {
    throw new ServiceStageError(
      unknownReasons[subject],
      `${about}: this is not a valid ${subject} ID; ${subject} IDs consist of letters and digits`,
    );
  }
  return { path: `${prefix}/${subject}s/${percentEncode(id)}${part}`, about, subject };
}

const queryOf = (fields: Record<string, string | number>): string =>
  `?${Object.entries(fields)
    .map(([name, value]) => `${name}=${percentEncode(String(value).toWellFormed())}`)
    .join("&")}`;

const isRefused = (error: unknown): error is ServiceStageError =>
  error instanceof ServiceStageError && error.reason === "refused";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
