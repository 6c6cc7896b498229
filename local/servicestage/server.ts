import { randomInt } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock, HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import { guard } from "../guard.ts";
import { listen, type Listening } from "../listen.ts";
import { runBuild, standingBuild, type BuildOfJob, type PhaseJson, type SimulatedBuild } from "./builds.ts";
import { commit, gatewayError, respond, serviceError, type Answer, type Fault } from "./faults.ts";
import { hashOf, scenarioOfEarlier, scenarioOfPush, type SampleJob } from "./jobs.ts";
import { createPushes, type PushOptions } from "./pushes.ts";
import { createGate, type Gate, type GateRequest } from "./gate.ts";
import type { Scenario, ScenarioDetails } from "./scenarios.ts";

/** A simulated ServiceStage and IAM in one server, with the real paths, sign-ins, answers and errors. Builds follow scenarios. */
export interface ServiceStageServer {
  /** The address of both endpoints. @throws {Error} before the start */
  readonly url: string;
  /** Decides who may call. Its credentials can be replaced, and its tokens revoked. */
  readonly gate: Gate;
  /** All requests, oldest first, such as `GET /assembling/v1/builds/x/phases`. Includes those answered with a fault. */
  readonly requests: string[];
  /** The fault that is switched on. */
  fault: Fault | undefined;
  /** @param port default: a free port. @returns the url. @throws {Error} if the port is in use */
  start(port?: number): Promise<string>;
  close(): Promise<void>;
  /** Starts a build that follows the scenario. @returns its ID, by default 40 lower-case letters and digits */
  startBuild(scenario: Scenario, buildId?: string): string;
  /** The sample jobs. */
  readonly jobs: readonly { jobId: string; jobName: string }[];
  /** Starts the job's next build, as after a push. @returns its ID. @throws {RangeError} for an unknown job */
  startBuildOf(jobId: string): string;
  /** Sets a build's phases. They don't change until the next call. @param details fields of ServiceStage's JSON */
  setPhases(buildId: string, phases: readonly PhaseJson[], details?: Record<string, unknown>): void;
}

export interface ServiceStageServerOptions {
  credentials: HuaweiCredentials;
  /** Default: the system's clock. */
  clock?: Pick<Clock, "now">;
  /** How many times faster than real time the builds run. Default: 1. */
  speed?: number;
  /** The scenario that begins at the first request for a build. By default such a build is unknown. */
  scenarioFor?: (buildId: string) => Scenario | undefined;
  /** The jobs that are there from the start, with their earlier builds. By default a job comes with its first build. */
  jobs?: readonly SampleJob[];
  /** People push to these jobs now and then, and a build begins each time. By default nobody does. */
  pushes?: PushOptions;
}

export function createServiceStageServer(options: ServiceStageServerOptions): ServiceStageServer {
  const {
    credentials,
    clock = { now: Date.now },
    speed = 1,
    scenarioFor = () => undefined,
    jobs: samples = [],
  } = options;
  const builds = new Map<string, SimulatedBuild>();
  const startedAt = clock.now();
  const jobs = new Map(samples.map((sample) => [sample.details.job_id, restore(sample)]));
  const takePush = options.pushes && createPushes(options.pushes, startedAt);
  let started = 0;
  const server = guard(createServer(), handle, { methods: ["GET", "POST", "PATCH"] });

  function handle(request: IncomingMessage, response: ServerResponse, sent: Buffer): void {
    const { method = "", url: path = "", headers } = request;
    simulated.requests.push(`${method} ${path}`);
    response.setHeader("Date", new Date(clock.now()).toUTCString());
    const body = sent.toString();
    beginDueBuild();
    const fault = takeFault(method, path);
    if (fault) return commit(fault, response);
    const asked = { method, url: new URL(simulated.url + path), headers, body };
    respond(response, route(simulated.gate, { findBuild, jobs, startAgain }, asked));
  }

  /** The job with its builds from before the start. */
  function restore(sample: SampleJob): Job {
    const earlier = sample.earlier.map((past, index) => {
      const number = -1 - index;
      const buildId = idOf(sample, number);
      const build = runBuild({
        buildId,
        scenario: scenarioOfEarlier(sample, past, number),
        firstPhaseId: 1_000_000 + 6 * builds.size,
        clock,
        startedAt: startedAt - past.hoursAgo * 3_600_000,
        speed: 1,
        startedBefore: number,
      });
      builds.set(buildId, build);
      return build;
    });
    return { details: sample.details, earlier, builds: [] };
  }

  function beginDueBuild(): void {
    const push = takePush?.(clock.now());
    const sample = push && samples[Math.floor(push.choice * samples.length)];
    if (sample) beginNext(sample, push.at);
  }

  function beginNext(sample: SampleJob, startedAt: number): string {
    const { length } = jobs.get(sample.details.job_id)!.builds;
    const push = sample.pushes[length % sample.pushes.length]!;
    return begin(scenarioOfPush(sample, push, length), idOf(sample, length), startedAt);
  }

  function begin(scenario: Scenario, buildId: string, startedAt: number): string {
    const { details } = scenario;
    const job = jobs.get(details.job_id) ?? { details, earlier: [], builds: [] };
    jobs.set(details.job_id, job);
    const startedBefore = job.builds.length;
    const firstPhaseId = 1_627_984 + 6 * started++;
    const build = runBuild({ buildId, scenario, firstPhaseId, clock, startedAt, speed, startedBefore });
    job.builds.push(build);
    job.scenario = scenario;
    builds.set(buildId, build);
    return buildId;
  }

  /** What a push or a sample build began, begins again. */
  function startAgain(jobId: string): string | undefined {
    const sample = samples.find(({ details }) => details.job_id === jobId);
    const scenario = jobs.get(jobId)?.scenario;
    if (sample) return beginNext(sample, clock.now());
    return scenario && begin(scenario, newBuildId(), clock.now());
  }

  function findBuild(buildId: string): SimulatedBuild | undefined {
    const scenario = builds.has(buildId) ? undefined : scenarioFor(buildId);
    if (scenario) simulated.startBuild(scenario, buildId);
    return builds.get(buildId);
  }

  function takeFault(method: string, path: string): Fault | undefined {
    const { fault } = simulated;
    if (!fault || !path.includes(fault.path ?? "") || (fault.method ?? method) !== method) return undefined;
    const { times = Infinity } = fault;
    simulated.fault = times > 1 ? { ...fault, times: times - 1 } : undefined;
    return fault;
  }

  let listening: Listening | undefined;
  const simulated: ServiceStageServer = {
    get url() {
      if (!listening) throw new Error("The simulated ServiceStage is not started");
      return listening.url;
    },
    gate: createGate(credentials, clock),
    requests: [],
    jobs: samples.map(({ details }) => ({ jobId: details.job_id, jobName: details.job_name })),
    fault: undefined,
    async start(port = 0) {
      listening = await listen(server, port);
      return listening.url;
    },
    close: async () => listening?.close(),
    startBuild: (scenario, buildId = newBuildId()) => begin(scenario, buildId, clock.now()),
    startBuildOf(jobId) {
      const sample = samples.find(({ details }) => details.job_id === jobId);
      if (!sample) throw new RangeError(`There is no sample job ${jobId}`);
      return beginNext(sample, clock.now());
    },
    setPhases(buildId, phases, details = {}) {
      builds.set(buildId, standingBuild(buildId, phases, details));
    },
  };
  return simulated;
}

const jobsPath = "/assembling/v1/jobs";
const jobCall = /^\/assembling\/v1\/jobs\/(?<jobId>[^/]+)(?<listed>\/builds)?$/;
const buildCall = /^\/assembling\/v1\/builds\/(?<id>[^/]+)(?<part>\/phases|\/logs)?$/;

interface Job {
  details: Pick<ScenarioDetails, "job_id" | "job_name">;
  /** Newest first. */
  earlier: BuildOfJob[];
  /** The builds that were started here, oldest first. */
  builds: BuildOfJob[];
  /** That of its newest build. */
  scenario?: Scenario;
}

const newestFirst = ({ earlier, builds }: Job): BuildOfJob[] => [...builds.toReversed(), ...earlier];

interface Found {
  findBuild: (buildId: string) => SimulatedBuild | undefined;
  jobs: ReadonlyMap<string, Job>;
  /** @returns the new build's ID; undefined for a job that never had a build here */
  startAgain: (jobId: string) => string | undefined;
}

function route(gate: Gate, { findBuild, jobs, startAgain }: Found, request: GateRequest): Answer {
  const { method, url, body } = request;
  if (method === "POST" && url.pathname === "/v3/auth/tokens") return signIn(gate, body);
  const { jobId, listed } = jobCall.exec(url.pathname)?.groups ?? {};
  const { id, part } = buildCall.exec(url.pathname)?.groups ?? {};
  const isStart = method === "POST" && listed !== undefined;
  const isCancel = method === "PATCH" && id !== undefined && part === undefined;
  const isRead = method === "GET" && ((id ?? jobId) !== undefined || url.pathname === jobsPath);
  if (!isStart && !isCancel && !isRead) {
    return gatewayError(
      404,
      "APIGW.0101",
      "The API does not exist or has not been published in the environment",
    );
  }
  const refusal = gate.refuse(request);
  if (refusal) return gatewayError(401, "APIGW.0301", `Incorrect IAM authentication information: ${refusal}`);
  if (url.pathname === jobsPath) return listJobs(jobs, url);
  if (jobId !== undefined) {
    const job = jobs.get(decodeURIComponent(jobId));
    if (!job) return serviceError(404, "SVCSTG.CPE.4040402", "The job does not exist");
    if (isStart) return tellStarted(startAgain(decodeURIComponent(jobId)));
    return listed ? listBuilds(job, url) : tellJob(job);
  }
  const build = findBuild(decodeURIComponent(id!));
  if (!build) return serviceError(404, "SVCSTG.CPE.4040401", "The build does not exist");
  return isCancel ? cancel(build) : { status: 200, body: tell(build, part, url) };
}

function tell(build: SimulatedBuild, part: string | undefined, { searchParams }: URL): unknown {
  if (part === "/phases") return build.phases();
  if (part === "/logs") return build.logs(Number(searchParams.get("from") ?? 0));
  return build.details();
}

/** Page 0270. What it answers for a build that is over is not documented. */
const cancel = (build: SimulatedBuild): Answer =>
  build.cancel() ? { status: 200, body: {} } : serviceError(400, "SVCSTG.CPE.5004402", "The build is over");

/** Page 0333. */
const tellStarted = (build_id: string | undefined): Answer =>
  build_id === undefined
    ? serviceError(400, "SVCSTG.CPE.5004403", "The job can't be built")
    : { status: 200, body: { build_id, state: "Building" } };

/** Page 0276. */
function tellJob(job: Job): Answer {
  const { job_id, job_name } = job.details;
  const last_build_id = newestFirst(job)[0]?.listed().build_id ?? "";
  return { status: 200, body: { job_id, spec: { job_name }, last_build_id } };
}

/** Page 0219: the newest builds first, those that run too. */
function listBuilds(job: Job, url: URL): Answer {
  const all = newestFirst(job).map((build) => build.listed());
  const successful = all.filter(({ build_state: state }) => state === "Successful").length;
  const finished = all.filter(({ build_state: state }) => state !== "Building").length;
  return { status: 200, body: { ...pageOf(all, url), finished, successful } };
}

/** Page 0218: the jobs whose name contains the given one. */
function listJobs(jobs: ReadonlyMap<string, Job>, url: URL): Answer {
  const name = url.searchParams.get("job_name") ?? "";
  const all = [...jobs.values()].map(({ details }) => details);
  const found = all.filter(({ job_name }) => job_name.includes(name));
  return {
    status: 200,
    body: pageOf(
      found.map(({ job_id, job_name }) => ({ job_id, job_name })),
      url,
    ),
  };
}

function pageOf<T>(all: readonly T[], { searchParams }: URL) {
  const page = Number(searchParams.get("page") ?? 1);
  const perPage = Number(searchParams.get("per_page") ?? 20);
  const list = all.slice((page - 1) * perPage, page * perPage);
  return { total: all.length, per_page: perPage, page, list };
}

function signIn(gate: Gate, body: string): Answer {
  const signedIn = gate.signIn(parseJson(body));
  if (!signedIn) {
    const error = { code: 401, message: "The username or password is wrong.", title: "Unauthorized" };
    return { status: 401, body: { error } };
  }
  const { token, expiresAt } = signedIn;
  return {
    status: 201,
    headers: { "X-Subject-Token": token },
    body: { token: { expires_at: new Date(expiresAt).toISOString(), methods: ["password"] } },
  };
}

/** @returns undefined for invalid JSON, which signs nobody in */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param number among the job's builds; negative from before the start */
const idOf = ({ details }: SampleJob, number: number): string => hashOf(`build ${details.job_id} ${number}`);

function newBuildId(): string {
  const characters = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: 40 }, () => characters[randomInt(characters.length)]).join("");
}
