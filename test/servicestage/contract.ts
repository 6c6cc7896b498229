import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  ServiceStageError,
  type ServiceStage,
  type ServiceStageFailure,
} from "../../lambda/tracking/ports.ts";

/** A ServiceStage without builds. */
export interface ServiceStageUnderTest {
  serviceStage: ServiceStage;
  /** Sets the build's phases. The build belongs to no job. */
  show(buildId: string, phases: { name: string; state: string }[], details?: { jobName: string }): void;
  /** A build of the job `j1` (its name is `shop`) succeeds after a minute, and its log ends with this line. */
  succeed(buildId: string, lastLine: string): void;
  /** Every call fails for this reason from now on. */
  failAll(reason: Exclude<ServiceStageFailure, "unknownBuild">): void;
  /** No call fails any more. */
  mend(): void;
  close(): Promise<void>;
}

const calls: [string, (serviceStage: ServiceStage, buildId: string) => Promise<unknown>][] = [
  ["the phases", (serviceStage, buildId) => serviceStage.fetchPhases(buildId)],
  ["the details", (serviceStage, buildId) => serviceStage.fetchDetails(buildId)],
  ["the log", (serviceStage, buildId) => serviceStage.fetchLogTail(buildId)],
];

const reasons = ["refused", "forbidden", "throttled", "unavailable", "notUnderstood"] as const;

/** The behaviour of every ServiceStage. `create` makes one without builds. */
export function describeServiceStage(name: string, create: () => Promise<ServiceStageUnderTest>): void {
  describe(`ServiceStage: ${name}`, () => {
    let under: ServiceStageUnderTest;
    let serviceStage: ServiceStage;

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
      under.succeed("b1", "");
      expect(await serviceStage.fetchJobBuilds({ jobId: "j1", jobName: "shop" })).toEqual([
        { buildId: "b1", state: "Successful", durationMillis: 60_000 },
      ]);
    });

    test("an unknown job fails like an unknown build", async () => {
      const failure = await failureOf(serviceStage.fetchJobBuilds({ jobId: "j2", jobName: "search" }));
      expect(failure.reason).toBe("unknownBuild");
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

    test.each(reasons)("a job's builds, when the calls fail: %s", async (reason) => {
      under.succeed("b1", "");
      under.failAll(reason);
      const failure = await failureOf(serviceStage.fetchJobBuilds({ jobId: "j1", jobName: "shop" }));
      expect(failure.reason).toBe(reason);
    });
  });
}
