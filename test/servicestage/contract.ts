import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ListedJob } from "../../lambda/domain/job.ts";
import {
  ServiceStageError,
  type ServiceStage,
  type ServiceStageActions,
} from "../../lambda/tracking/ports.ts";

/** A ServiceStage without builds and jobs. */
export interface ServiceStageUnderTest {
  serviceStage: ServiceStage & ServiceStageActions;
  /** Sets the build's phases. The build belongs to no job. */
  show(buildId: string, phases: { name: string; state: string }[], details?: { jobName: string }): void;
  /** A build of the job (by default j1, whose name is shop) succeeds after a minute. Its log ends with this line. */
  succeed(buildId: string, lastLine?: string, job?: ListedJob): void;
  /** Every call fails for this reason from now on. */
  failAll(reason: (typeof reasons)[number]): void;
  /** No call fails any more. */
  mend(): void;
  close(): Promise<void>;
}

const calls: [string, (serviceStage: ServiceStage, buildId: string) => Promise<unknown>][] = [
  ["the phases", (serviceStage, buildId) => serviceStage.fetchPhases(buildId)],
  ["the details", (serviceStage, buildId) => serviceStage.fetchDetails(buildId)],
  ["the log", (serviceStage, buildId) => serviceStage.fetchLogTail(buildId)],
];

const jobCalls: [string, (serviceStage: ServiceStage, jobId: string) => Promise<unknown>][] = [
  ["a job", (serviceStage, jobId) => serviceStage.fetchJob(jobId)],
  [
    "the builds of a job",
    (serviceStage, jobId) => serviceStage.fetchJobBuilds({ jobId, jobName: "shop" }, 1),
  ],
];

const reasons = ["refused", "forbidden", "throttled", "unavailable", "notUnderstood"] as const;

/** The behaviour of every ServiceStage. `create` makes one without builds. */
export function describeServiceStage(name: string, create: () => Promise<ServiceStageUnderTest>): void {
  describe(`ServiceStage: ${name}`, () => {
    let under: ServiceStageUnderTest;
    let serviceStage: ServiceStage & ServiceStageActions;

    beforeEach(async () => {
      under = await create();
      ({ serviceStage } = under);
    });
    afterEach(() => under.close());

    const failureOf = async (call: Promise<unknown>): Promise<ServiceStageError> => {
      const failure = await call.then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!(failure instanceof ServiceStageError)) throw new Error("No ServiceStageError was thrown");
      return failure;
    };
    const building = [
      { name: "Init", state: "Successful" },
      { name: "Build", state: "Building" },
    ];

    test("a known build has its phases in order, each with its own id", async () => {
      under.show("b1", building);
      const phases = await serviceStage.fetchPhases("b1");
      expect(phases).toMatchObject(building);
      expect(new Set(phases.map(({ id }) => id)).size).toBe(2);
      expect(phases.map(({ id }) => typeof id)).toEqual(["string", "string"]);
    });

    test("a phase keeps its id while its state changes", async () => {
      under.show("b1", building);
      const before = await serviceStage.fetchPhases("b1");
      under.show("b1", [building[0]!, { name: "Build", state: "Failed" }]);
      const after = await serviceStage.fetchPhases("b1");
      expect(after).toEqual([before[0], { ...before[1], state: "Failed" }]);
    });

    test("a build may have no phases yet", async () => {
      under.show("b1", []);
      expect(await serviceStage.fetchPhases("b1")).toEqual([]);
    });

    test("a known build has details", async () => {
      under.show("b1", building, { jobName: "webshop" });
      expect(await serviceStage.fetchDetails("b1")).toMatchObject({ jobName: "webshop" });
    });

    test("each build has its own phases and details", async () => {
      under.show("b1", building, { jobName: "webshop" });
      under.show("b2", [], { jobName: "search" });
      expect(await serviceStage.fetchPhases("b1")).toHaveLength(2);
      expect(await serviceStage.fetchPhases("b2")).toHaveLength(0);
      expect(await serviceStage.fetchDetails("b1")).toMatchObject({ jobName: "webshop" });
      expect(await serviceStage.fetchDetails("b2")).toMatchObject({ jobName: "search" });
    });

    test("a caller that changes an answer does not change the next answer", async () => {
      under.show("b1", building);
      (await serviceStage.fetchPhases("b1")).length = 0;
      expect(await serviceStage.fetchPhases("b1")).toHaveLength(2);
    });

    test("the log of a build ends with its last line", async () => {
      under.succeed("b1", "npm error");
      expect((await serviceStage.fetchLogTail("b1")).trimEnd().split("\n").at(-1)).toBe("npm error");
    });

    test("a job lists its ended builds, with their states and durations", async () => {
      under.succeed("b1");
      expect(await serviceStage.fetchJobBuilds({ jobId: "j1", jobName: "shop" }, 1)).toEqual({
        builds: [{ buildId: "b1", state: "Successful", durationMillis: 60_000 }],
        page: 1,
        pages: 1,
      });
    });

    test("a job has its name and its newest build", async () => {
      under.succeed("b1");
      under.succeed("b2");
      expect(await serviceStage.fetchJob("j1")).toEqual({ jobId: "j1", jobName: "shop", lastBuildId: "b2" });
    });

    test("a job's builds come in pages of a hundred, without a gap and without a repeated one", async () => {
      const ids = Array.from({ length: 250 }, (_, index) => `b${index}`);
      for (const id of ids) under.succeed(id);
      const pages = await Promise.all(
        [1, 2, 3, 4].map((page) => serviceStage.fetchJobBuilds({ jobId: "j1", jobName: "shop" }, page)),
      );
      expect(pages.map(({ builds, page, pages }) => [page, pages, builds.length])).toEqual([
        [1, 3, 100],
        [2, 3, 100],
        [3, 3, 50],
        [4, 4, 0],
      ]);
      const listed = pages.flatMap(({ builds }) => builds.map(({ buildId }) => buildId));
      expect(new Set(listed)).toEqual(new Set(ids));
    });

    describe("the list of jobs", () => {
      const shop = { jobId: "j1", jobName: "shop" };
      const search = { jobId: "j2", jobName: "shop-search" };

      beforeEach(() => {
        under.succeed("b1", "", shop);
        under.succeed("b2", "", search);
      });

      test.each<[string, string | undefined, ListedJob[]]>([
        ["without a name has all jobs", undefined, [shop, search]],
        ["with an empty name has all jobs", "", [shop, search]],
        ["with a name has the job with this name", "shop-search", [search]],
        ["with a name that no job has is empty", "payment", []],
      ])("%s", async (_, name, jobs) => {
        expect(await serviceStage.fetchJobs(1, name)).toEqual({ jobs, page: 1, pages: 1 });
      });

      test("comes in pages of a hundred", async () => {
        for (let index = 3; index <= 102; index++)
          under.succeed(`b${index}`, "", { jobId: `j${index}`, jobName: `job-${index}` });
        const pages = [await serviceStage.fetchJobs(1), await serviceStage.fetchJobs(2)];
        expect(pages.map(({ page, pages, jobs }) => [page, pages, jobs.length])).toEqual([
          [1, 2, 100],
          [2, 2, 2],
        ]);
      });

      test.each(reasons)("fails when the calls fail: %s", async (reason) => {
        under.failAll(reason);
        expect((await failureOf(serviceStage.fetchJobs(1))).reason).toBe(reason);
      });
    });

    describe.each(jobCalls)("%s", (_what, call) => {
      test.each(["j2", "", ".", "..", "a/b?c#d"])("with the unknown id %p: unknownJob", async (jobId) => {
        under.succeed("b1");
        expect((await failureOf(call(serviceStage, jobId))).reason).toBe("unknownJob");
      });

      test.each(reasons)("fails when the calls fail: %s", async (reason) => {
        under.succeed("b1");
        under.failAll(reason);
        expect((await failureOf(call(serviceStage, "j1"))).reason).toBe(reason);
      });

      test("a failure names the job", async () => {
        under.failAll("unavailable");
        expect((await failureOf(call(serviceStage, "j1"))).message).toMatch(/job (j1|shop)/);
      });
    });

    describe("cancelling and starting", () => {
      test("a build that runs is cancelled", async () => {
        under.show("b1", building);
        await serviceStage.cancelBuild("b1");
        expect(await serviceStage.fetchPhases("b1")).toMatchObject([building[0], { state: "Cancel" }]);
      });

      test("a job is built again, and names the new build as its newest", async () => {
        under.succeed("b1");
        const buildId = await serviceStage.startBuild("j1");
        expect(buildId).toMatch(/^[\w-]{4,}$/);
        expect(await serviceStage.fetchJob("j1")).toMatchObject({ lastBuildId: buildId });
        const { builds } = await serviceStage.fetchJobBuilds({ jobId: "j1", jobName: "shop" }, 1);
        expect(builds.map((each) => each.buildId).toSorted()).toEqual(["b1", buildId].toSorted());
      });

      const changes: [string, (buildId: string, jobId: string) => Promise<unknown>][] = [
        ["cancelling", (buildId) => serviceStage.cancelBuild(buildId)],
        ["starting", (_buildId, jobId) => serviceStage.startBuild(jobId)],
      ];

      test.each(changes)("%s what is unknown fails, and does nothing", async (_what, change) => {
        const failure = await failureOf(change("b9", "j9"));
        expect(failure.reason).toMatch(/^unknown(Build|Job)$/);
        expect(failure.mayHaveActed).toBe(false);
      });

      test.each(
        changes.flatMap(([what, change]) => reasons.map((reason) => [what, reason, change] as const)),
      )(
        "%s fails when the calls fail: %s. It may have had its effect only if no answer says otherwise",
        async (_what, reason, change) => {
          under.succeed("b1");
          under.failAll(reason);
          const failure = await failureOf(change("b1", "j1"));
          expect(failure.reason).toBe(reason);
          expect(failure.mayHaveActed).toBe(reason === "unavailable" || reason === "notUnderstood");
        },
      );
    });

    describe.each(calls)("%s of a build", (_what, call) => {
      test.each(["b2", "", ".", "..", "a/b?c#d"])("with the unknown id %p: unknownBuild", async (buildId) => {
        under.show("b1", building);
        expect((await failureOf(call(serviceStage, buildId))).reason).toBe("unknownBuild");
      });

      test.each(reasons)(
        "when the calls fail: %s, for a known build and for an unknown one",
        async (reason) => {
          under.show("b1", building);
          under.failAll(reason);
          expect((await failureOf(call(serviceStage, "b1"))).reason).toBe(reason);
          expect((await failureOf(call(serviceStage, "b2"))).reason).toBe(reason);
        },
      );

      test("a failure names the build", async () => {
        under.failAll("unavailable");
        expect((await failureOf(call(serviceStage, "b1"))).message).toContain("build b1");
      });

      test("after a failure the call succeeds again", async () => {
        under.show("b1", building);
        under.failAll("unavailable");
        await failureOf(call(serviceStage, "b1"));
        under.mend();
        expect(await call(serviceStage, "b1")).toBeDefined();
      });
    });
  });
}
