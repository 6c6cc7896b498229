import {
  ServiceStageError,
  type Clock,
  type CredentialSource,
  type HuaweiCredentials,
  type Log,
  type ServiceStage,
} from "../tracking/ports.ts";
import { secretsIn, withoutEcho } from "../huawei-cloud/echo.ts";
import { exchange, type HttpAnswer } from "../huawei-cloud/exchange.ts";
import { failureOfAnswer } from "../huawei-cloud/failure.ts";
import { readTail } from "./log.ts";
import { parseDetails, parseJobBuilds, parseLogPage, parsePhases } from "./parse.ts";
import { percentEncode, sign } from "../huawei-cloud/signer.ts";
import { createFetchToken } from "../huawei-cloud/token.ts";

const prefix = "/assembling/v1";

/** The limit of one answer with a part of a log. */
const maxLogBytes = 4 * 1024 * 1024;

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
 * Implements ServiceStage's build calls (API pages 0219, 0220, 0221 and 0269).
 * Refused credentials are never tried twice, because several failures in a row lock an access key. The call is repeated
 * once, and only if the secret holds other credentials by then.
 */
export function createServiceStage(options: ServiceStageOptions): ServiceStage {
  const { credentials, log } = options;
  const call = createCall(options);

  async function get(path: string, about: string, maxBytes?: number): Promise<HttpAnswer> {
    const first = await read(about);
    try {
      return await call({ path, about, maxBytes }, first);
    } catch (error) {
      const others = isRefused(error) ? await renew(first, about) : undefined;
      if (!others) throw error;
      log.warn(
        "ServiceStage refused the credentials. The secret holds new ones now, and the call is made again",
        { about },
      );
      return call({ path, about, maxBytes }, others);
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
      return parsePhases(await get(`${buildPath(buildId)}/phases`, aboutBuild(buildId)), aboutBuild(buildId));
    },
    async fetchDetails(buildId) {
      return parseDetails(await get(buildPath(buildId), aboutBuild(buildId)), aboutBuild(buildId));
    },
    async fetchLogTail(buildId) {
      const about = `the log of ${aboutBuild(buildId)}`;
      const path = `${buildPath(buildId)}/logs`;
      const fetchPage = async (from: number) =>
        parseLogPage(await get(`${path}?from=${from}`, about, maxLogBytes), about);
      return readTail(fetchPage, options.clock);
    },
    async fetchJobBuilds({ jobId, jobName }) {
      const about = `the builds of job ${jobName}`;
      const path = `${prefix}/jobs/${percentEncode(jobId)}/builds?name=${percentEncode(jobName)}`;
      return parseJobBuilds(await get(path, about), about);
    },
  };
}

interface Asked {
  path: string;
  /** What the call is for. Error messages begin with it. */
  about: string;
  maxBytes: number | undefined;
}

type Call = (asked: Asked, credentials: HuaweiCredentials) => Promise<HttpAnswer>;

function createCall(options: ServiceStageOptions): Call {
  const { endpoint, projectId, clock, timeoutMillis = 5_000 } = options;
  const fetchToken = createFetchToken({ ...options, timeoutMillis });
  const base = new URL(endpoint).href.replace(/(?<!\/)\/+$/, "");

  async function send(
    { about, maxBytes }: Asked,
    url: URL,
    authorization: Record<string, string>,
  ): Promise<HttpAnswer> {
    const headers = { ...contentType, ...authorization };
    const received = await exchange({ method: "GET", url, headers }, about, timeoutMillis, maxBytes);
    const answer = withoutEcho(received, secretsIn(headers));
    if (answer.status !== 200) throw failureOfAnswer(answer, about);
    return answer;
  }

  return async (asked, credentials) => {
    const url = new URL(base + asked.path);
    if (credentials.kind === "accessKey") {
      return send(asked, url, signedHeaders(url, credentials, projectId, clock.now()));
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

const contentType = { "Content-Type": "application/json;charset=utf8" };

function signedHeaders(
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
  return { ...added, ...sign({ method: "GET", url, headers }, key, now) };
}

/** @throws {ServiceStageError} `unknownBuild` for an id that can't be in a URL: `.` and `..` change the path, also encoded */
function buildPath(buildId: string): string {
  if (/^\.{0,2}$/.test(buildId) || !buildId.isWellFormed()) {
    throw new ServiceStageError(
      "unknownBuild",
      `${aboutBuild(buildId)}: this is not a valid build ID; build IDs consist of letters and digits`,
    );
  }
  return `${prefix}/builds/${percentEncode(buildId)}`;
}

const aboutBuild = (buildId: string): string => `build ${buildId}`;

const isRefused = (error: unknown): error is ServiceStageError =>
  error instanceof ServiceStageError && error.reason === "refused";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
