import type { ListedJob } from "../../lambda/domain/job.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import type { Fault } from "../../local/servicestage/faults.ts";
import type { Scenario } from "../../local/servicestage/scenarios.ts";
import { createTestClock } from "../../testing/clock.ts";
import {
  atOnce,
  MemoryServiceStage,
  type MemoryServiceStageOptions,
} from "../../testing/memory-servicestage.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { describeServiceStage, type ServiceStageUnderTest } from "./contract.ts";
import { accessKey, otherAccessKey, password } from "./credentials.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

const faults: Record<"forbidden" | "throttled" | "unavailable" | "notUnderstood", Fault> = {
  forbidden: { kind: "forbidden" },
  throttled: { kind: "throttled" },
  unavailable: { kind: "down" },
  notUnderstood: { kind: "answer", status: 200, body: "<html>" },
};

const shop = { jobId: "j1", jobName: "shop" };

const succeedsAfterAMinute = (lastLine: string, { jobId, jobName }: ListedJob): Scenario => ({
  details: {
    job_id: jobId,
    job_name: jobName,
    index: 1,
    repo_type: "GitHub",
    repo: "shop",
    branch: "main",
    commit_id: "c0ffee",
    commit_comment: "",
    committer: "",
    language: "",
    creator: "",
    type: "user",
  },
  timeline: [[60_000, "Build", "Successful"]],
  lastWords: [lastLine],
});

async function overHttp(credentials: typeof accessKey | typeof password): Promise<ServiceStageUnderTest> {
  const clock = createTestClock();
  const server = createServiceStageServer({ credentials, clock });
  const url = await server.start();
  return {
    serviceStage: createServiceStage({
      endpoint: url,
      iamEndpoint: url,
      region: "cn-north-4",
      credentials: heldCredentials(credentials),
      clock,
      log: createQuietLog(),
    }),
    show: (buildId, phases, { jobName } = { jobName: "shop" }) =>
      server.setPhases(buildId, phases, { job_name: jobName }),
    succeed(buildId, lastLine = "", job = shop) {
      server.startBuild(succeedsAfterAMinute(lastLine, job), buildId);
      clock.advance(60_000);
    },
    failAll(reason) {
      if (reason === "refused") server.gate.credentials = otherAccessKey;
      else server.fault = { ...faults[reason], path: "/assembling/" };
    },
    mend() {
      server.gate.credentials = credentials;
      server.fault = undefined;
    },
    close: () => server.close(),
  };
}

describeServiceStage("the client with an access key, over HTTP", () => overHttp(accessKey));
describeServiceStage("the client with a password, over HTTP", () => overHttp(password));

const inMemory = async (options?: MemoryServiceStageOptions): Promise<ServiceStageUnderTest> => {
  const serviceStage = new MemoryServiceStage(options);
  return {
    serviceStage,
    show: (buildId, phases, details) =>
      serviceStage.set(buildId, phases.map(({ name, state }) => `${name}:${state}`).join(" "), details),
    succeed(buildId, lastLine = "", job = shop) {
      serviceStage.set(buildId, "Build:Successful", job);
      serviceStage.log = lastLine;
      const build = { buildId, state: "Successful", durationMillis: 60_000 };
      const { builds = [] } = serviceStage.jobs.get(job.jobId) ?? {};
      serviceStage.setJob({ ...job, lastBuildId: buildId, builds: [build, ...builds] });
    },
    failAll: (reason) => void (serviceStage.fault = reason),
    mend: () => void (serviceStage.fault = undefined),
    close: async () => {},
  };
};

describeServiceStage("in memory", () => inMemory());
describeServiceStage("in memory, without waiting", () => inMemory({ run: atOnce }));
