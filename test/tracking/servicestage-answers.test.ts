import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import type { ServiceStage } from "../../lambda/tracking/ports.ts";
import type { PhaseJson } from "../../local/servicestage/builds.ts";
import { gatewayError, serviceError, type Answer, type Fault } from "../../local/servicestage/faults.ts";
import { createServiceStageServer, type ServiceStageServer } from "../../local/servicestage/server.ts";
import { accessKey, otherAccessKey } from "../servicestage/credentials.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { createScene, minute } from "./scene.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/**
 * What the channel holds after each way in which ServiceStage can answer. A pass is made each minute; everything but
 * the store and Slack is real: the tick, the client, HTTP and the signatures.
 */

/** What ServiceStage answers about a build in one pass: a list, a list with details, or a fault. */
type Pass = string | { list: string; details: Record<string, unknown> | Fault } | Fault;

let scene: ReturnType<typeof createScene>;
let server: ServiceStageServer;

beforeEach(async () => {
  scene = createScene();
  server = createServiceStageServer({ credentials: accessKey, clock: scene.clock });
  await server.start();
});
afterEach(() => server.close());

/** Plays build b1 of channel C1, while build b2 of channel C2 moves in every pass and is read without a fault. */
async function playOne(passes: readonly Pass[]): Promise<void> {
  await scene.register("b1", { channel: "C1" });
  await scene.register("b2", { channel: "C2" });
  for (const [index, pass] of passes.entries()) {
    server.setPhases("b2", parseList(index % 2 === 0 ? "Build:Building" : "Build:Pushing"));
    await playPass(["b1"], pass, "/builds/b1");
  }
}

/** The same answers for all: build b1 of channel C1, b2 and b3 of channel C2. */
async function playAll(passes: readonly Pass[]): Promise<void> {
  const builds = { b1: "C1", b2: "C2", b3: "C2" };
  for (const [buildId, channel] of Object.entries(builds)) await scene.register(buildId, { channel });
  for (const pass of passes) await playPass(Object.keys(builds), pass, "/builds/");
}

async function playPass(buildIds: string[], pass: Pass, path: string): Promise<void> {
  server.fault = typeof pass === "object" && "kind" in pass ? { ...pass, path } : undefined;
  if (!server.fault) for (const buildId of buildIds) setAnswers(buildId, pass as Exclude<Pass, Fault>);
  const detailsFault = typeof pass === "object" && "details" in pass ? pass.details : undefined;
  const serviceStage = createClient(isFault(detailsFault) ? { ...detailsFault, path } : undefined);
  await scene.tick({ serviceStage, pollIntervalMillis: minute });
}

function setAnswers(buildId: string, pass: Exclude<Pass, Fault>): void {
  const { list, details } = typeof pass === "string" ? { list: pass, details: {} } : pass;
  server.setPhases(buildId, parseList(list), isFault(details) ? {} : details);
}

const isFault = (value: object | undefined): value is Fault => value !== undefined && "kind" in value;

/** The real client; it waits for long where an answer comes, and not for long where none does. */
function createClient(detailsFault: Fault | undefined): ServiceStage {
  const common = {
    endpoint: server.url,
    iamEndpoint: server.url,
    region: "cn-north-4",
    credentials: heldCredentials(accessKey),
    clock: scene.clock,
    log: scene.log,
  };
  const [patient, hasty] = [createServiceStage(common), createServiceStage({ ...common, timeoutMillis: 50 })];
  const clientFor = (buildId: string) => {
    const { kind, path = "" } = server.fault ?? {};
    return kind === "hang" && `/builds/${buildId}`.startsWith(path) ? hasty : patient;
  };
  return {
    ...patient,
    fetchPhases: (buildId) => clientFor(buildId).fetchPhases(buildId),
    fetchDetails(buildId) {
      if (detailsFault && `/builds/${buildId}`.startsWith(detailsFault.path ?? ""))
        server.fault = detailsFault;
      return clientFor(buildId).fetchDetails(buildId);
    },
  };
}

/** "Init:Successful Build:Building": a phase may carry its id, `#7` as a number, `#'7'` as a string. */
const parseList = (list: string): PhaseJson[] =>
  [...list.matchAll(/([^\s:]+):([^\s#]+)(?:#(\d+)|#'(.+?)')?/g)].map(([, name, state, number, text]) => ({
    name: name!,
    state: state!,
    ...(number && { id: Number(number) }),
    ...(text && { id: text }),
  }));

const all = (state: string, { without = "" } = {}): string =>
  ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"]
    .filter((name) => name !== without)
    .map((name) => `${name}:${state}`)
    .join(" ");

const times = (count: number, ...passes: Pass[]): Pass[] =>
  Array.from({ length: count }, () => passes).flat();

/** The other build's card, then a message in each minute, and no notice: whatever became of this one. */
function expectOtherToldEachMinute(passes: readonly Pass[], start: number): void {
  const told = scene.slack.messages.filter(({ channel }) => channel === "C2");
  expect(told.map(({ at }) => Math.floor((at - start) / minute))).toEqual([0, ...passes.keys()]);
}

const answer = (answer: Answer): Fault => ({ kind: "answer", ...answer });
const listing = (list: unknown): Fault => answer({ status: 200, body: { total: 1, list } });

const unreadable: [name: string, fault: Fault, reason: string][] = [
  ["403", { kind: "forbidden" }, "forbidden"],
  ["404 of the gateway", answer(gatewayError(404, "APIGW.0101", "The API does not exist")), "unavailable"],
  ["404 as a page", answer({ status: 404, body: "<html>Not Found</html>" }), "unavailable"],
  ["a redirect to a sign-in page", { kind: "redirect" }, "unavailable"],
  [
    "a redirect to another build",
    answer({ status: 302, headers: { Location: "/assembling/v1/builds/b2/phases" } }),
    "unavailable",
  ],
  ["429", { kind: "throttled" }, "throttled"],
  ["500", { kind: "error" }, "unavailable"],
  ["502 as a page", { kind: "html" }, "unavailable"],
  ["503 without a word", answer({ status: 503 }), "unavailable"],
  ["400 for a reason nobody has heard of", answer(serviceError(400, "X.1", "Odd")), "notUnderstood"],
  ["no answer in time", { kind: "hang" }, "unavailable"],
  ["a connection that breaks before the answer", { kind: "down" }, "unavailable"],
  ["half an answer", { kind: "cut" }, "unavailable"],
  ["200 as a page", answer({ status: 200, body: "<html>Sign in</html>" }), "notUnderstood"],
  ["200 without a word", answer({ status: 200 }), "notUnderstood"],
  ["an oversized answer", { kind: "oversized" }, "notUnderstood"],
  ["null in place of an object", answer({ status: 200, body: null }), "notUnderstood"],
  ["an answer without its list", answer({ status: 200, body: { total: 0 } }), "notUnderstood"],
  ["a list of names", listing(["Init"]), "notUnderstood"],
  ["a phase without its state", listing([{ id: 1, name: "Init" }]), "notUnderstood"],
  ["a phase without its name", listing([{ id: 1, state: "Building" }]), "notUnderstood"],
  ["a phase whose state is a number", listing([{ id: 1, name: "Init", state: 2 }]), "notUnderstood"],
];

describe.each(unreadable)("%s", (_name, fault, reason) => {
  const caughtUp = "1: caught up Init Building";

  describe("for one build", () => {
    test.each<[string, Pass[], string[]]>([
      [
        "over after two minutes: nothing is told of it",
        ["Init:Building", ...times(3, fault), "Init:Building"],
        ["card 1: Init Building", caughtUp],
      ],
      [
        "after three minutes its card says so, and nothing else does",
        ["Init:Building", ...times(5, fault)],
        [`card 1: Init Building ${reason}`, caughtUp],
      ],
      [
        "once it can be read again the card says so no longer, and what moved meanwhile is told",
        ["Init:Building", ...times(5, fault), "Init:Successful Download:Building"],
        [
          "card 1: Init Successful, Download Building",
          caughtUp,
          "2: Init Successful",
          "3: Download Building",
        ],
      ],
      ["from the beginning: its card says that nothing is known", times(5, fault), [`card 1:  ${reason}`]],
    ])("%s; the other build is told as ever", async (_sentence, passes, expected) => {
      const start = scene.clock.now();
      await playOne(passes);
      expect(scene.said("C1")).toEqual(expected);
      expectOtherToldEachMinute(passes, start);
    });
  });

  describe("for all builds", () => {
    test.each<[string, Pass[], string[]]>([
      ["over after two minutes: nothing is told of it", [...times(3, fault), "Init:Building"], []],
      ["after three minutes each channel is told, once", times(10, fault), ["1: outOfReach"]],
      [
        "each channel is told once that it is back",
        [...times(5, fault), ...times(3, "Init:Building")],
        ["1: outOfReach", "2: backInReach"],
      ],
    ])("%s; the cards stay as they are", async (_sentence, passes, expected) => {
      await playAll(["Init:Building", ...passes]);
      const told = ["card 1: Init Building", caughtUp];
      expect(scene.said("C1")).toEqual([...told, ...expected]);
      expect(scene.said("C2").toSorted()).toEqual([...told, ...told, ...expected].toSorted());
    });
  });
});

describe("a build that ServiceStage does not know", () => {
  const unknown: [string, Fault][] = [
    ["404", answer(serviceError(404, "SVCSTG.CPE.4040401", "The build does not exist"))],
    ["400 whose code says so", answer(serviceError(400, "SVCSTG.CPE.4004401", "No such build"))],
    ["500 whose code says so", answer(serviceError(500, "SVCSTG.CPE.4040401", "No such build"))],
    ["404 with the error in an array", answer({ status: 404, body: [{ errorCode: "SVCSTG.CPE.4040401" }] })],
    ["404 without a word", answer({ status: 404 })],
  ];

  test.each(unknown)("%s: its card says so after three minutes", async (_name, fault) => {
    const start = scene.clock.now();
    const passes = ["Init:Building", ...times(5, fault)];
    await playOne(passes);
    expect(scene.said("C1")).toEqual(["card 1: Init Building unknownBuild", "1: caught up Init Building"]);
    expectOtherToldEachMinute(passes, start);
  });

  test.each(unknown)("%s for all: that is an answer, not an outage", async (_name, fault) => {
    await playAll(["Init:Building", ...times(5, fault)]);
    expect(scene.said("C1")).toEqual(["card 1: Init Building unknownBuild", "1: caught up Init Building"]);
  });

  test("it is abandoned after an hour, and told so once", async () => {
    await playOne(times(65, unknown[0]![1]));
    expect(scene.said("C1")).toEqual(["card 1:  (abandoned)", "1: abandoned"]);
  });
});

describe("troubles that take turns", () => {
  const turns: Pass[] = [{ kind: "error" }, { kind: "throttled" }, answer({ status: 200, body: "<html>" })];

  test("one build: its card says after three minutes why it could not be read at last", async () => {
    await playOne(["Init:Building", ...times(3, ...turns)]);
    expect(scene.said("C1")).toEqual(["card 1: Init Building notUnderstood", "1: caught up Init Building"]);
  });

  test("all builds: each channel is told once", async () => {
    await playAll(["Init:Building", ...times(3, ...turns), "Init:Building"]);
    expect(scene.said("C1").slice(2)).toEqual(["1: outOfReach", "2: backInReach"]);
  });
});

describe("401", () => {
  const isCall = (request: string) => request.includes("/assembling/");

  test("is told as an outage; nobody calls more than once in six minutes, so the key is not locked when it is accepted again", async () => {
    await playAll(["Init:Building"]);
    server.gate.credentials = otherAccessKey;
    server.requests.length = 0;
    for (let minutes = 0; minutes < 40; minutes++) await playPass([], "", "");
    expect(scene.said("C1").slice(2)).toEqual(["1: outOfReach"]);
    expect(server.requests.filter(isCall)).toHaveLength(7);

    server.gate.credentials = accessKey;
    for (let minutes = 0; minutes < 6; minutes++) await playPass(["b1", "b2", "b3"], "Init:Successful", "");
    expect(scene.said("C1").toSorted()).toEqual([
      "1: caught up Init Building",
      "1: outOfReach",
      "2: Init Successful",
      "2: backInReach",
      "card 1: Init Successful",
    ]);
  });

  test("for one build alone is a missing permission: its card says so, nothing stops, and what moved meanwhile is told", async () => {
    scene.options.lastPolls = createLastPolls();
    const start = scene.clock.now();
    const passes = ["Init:Building", ...times(6, { kind: "refused" } as const)];
    await playOne(passes);
    expect(scene.said("C1")).toEqual(["card 1: Init Building forbidden", "1: caught up Init Building"]);
    expectOtherToldEachMinute(passes, start);
    expect(await scene.store.loadCircuit()).toBeUndefined();
    await playPass(["b1"], "Init:Successful", "");
    expect(scene.said("C1").at(-1)).toBe("2: Init Successful");
  });

  test("for all, after answers, costs three calls, one at a time, and then one in six minutes", async () => {
    scene.options.lastPolls = createLastPolls();
    for (let each = 0; each < 40; each++) await scene.register(`b${each}`, { channel: `C${each}` });
    await playPass(
      Array.from({ length: 40 }, (_, each) => `b${each}`),
      "Init:Building",
      "",
    );
    server.gate.credentials = otherAccessKey;
    const calls: number[] = [];
    for (let minutes = 0; minutes < 8; minutes++) {
      server.requests.length = 0;
      await playPass([], "", "");
      calls.push(server.requests.filter(isCall).length);
    }
    expect(calls).toEqual([3, 0, 0, 0, 0, 0, 1, 0]);
    expect(scene.said("C7").at(-1)).toBe("1: outOfReach");
  });
});

describe("a build that is read", () => {
  const sixNotStarted = all("NotStarted");
  test.each<[string, Pass[], string[]]>([
    ["an empty list: only its card", ["", ""], ["card 1: "]],
    [
      "an empty list at first: each transition after it is told",
      ["", "Init:Building"],
      ["card 1: Init Building", "1: Init Building"],
    ],
    [
      "an empty list in between: what was known stays, nothing is told",
      ["Init:Building", "", "Init:Building"],
      ["card 1: Init Building", "1: caught up Init Building"],
    ],
    [
      "a phase is missing: what was known of it stays",
      ["Init:Successful Download:Building", "Download:Building", "Download:Successful"],
      [
        "card 1: Init Successful, Download Successful",
        "1: caught up Init Successful, Download Building",
        "2: Download Successful",
      ],
    ],
    [
      "the order changes: nothing is told of that, and what moves is told in phase order",
      [
        "Init:Building Download:NotStarted",
        "Download:NotStarted Init:Building",
        "Download:Building Init:Successful",
      ],
      [
        "card 1: Init Successful, Download Building",
        "1: caught up Init Building",
        "2: Init Successful",
        "3: Download Building",
      ],
    ],
    [
      "a phase nobody has heard of comes after the known ones",
      ["Scan:Queuing Init:Successful", "Scan:Building PostProcess:Building Init:Successful"],
      [
        "card 1: Init Successful, PostProcess Building, Scan Building",
        "1: caught up Init Successful, Scan Queuing",
        "2: PostProcess Building",
        "3: Scan Building",
      ],
    ],
    [
      "a phase is renamed: the old name stays as it was last seen",
      ["Build:Queuing", "Compile:Building"],
      ["card 1: Build Queuing, Compile Building", "1: caught up Build Queuing", "2: Compile Building"],
    ],
    [
      "phases are named like what every object has",
      ["__proto__:Building constructor:Queuing", "__proto__:Failed constructor:Successful"],
      [
        "card 1: __proto__ Failed, constructor Successful (failed)",
        "1: caught up __proto__ Building, constructor Queuing",
        "2: __proto__ Failed",
        "3: constructor Successful",
      ],
    ],
    [
      "a phase is listed twice: the highest id counts, wherever it stands",
      ["Build:Failed#9 Build:Building#10", "Build:Building#10 Build:Failed#9", "Build:Pushing#10"],
      ["card 1: Build Pushing", "1: caught up Build Building", "2: Build Pushing"],
    ],
    [
      "a phase is listed twice with one id: the order does not decide",
      ["Build:Queuing#7 Build:Building#7", "Build:Building#7 Build:Queuing#7"],
      ["card 1: Build Queuing", "1: caught up Build Queuing"],
    ],
    [
      "ids are strings, then numbers, then others: nothing is told of that",
      ["Init:Building#'7'", "Init:Building#7", "Init:Building#'x-7'", "Init:Building#8"],
      ["card 1: Init Building", "1: caught up Init Building"],
    ],
    [
      "a phase goes backwards: that is told too",
      ["Build:Building", "Build:Queuing", "Build:NotStarted", "Build:Building"],
      [
        "card 1: Build Building",
        "1: caught up Build Building",
        "2: Build Queuing",
        "3: Build NotStarted",
        "4: Build Building",
      ],
    ],
    [
      "a state nobody has heard of is told as it is, and does not end the build",
      ["Build:Building", "Build:Paused", "Build:Failed PostProcess:Waiting", "PostProcess:Cancel"],
      [
        "card 1: Build Failed, PostProcess Cancel (failed)",
        "1: caught up Build Building",
        "2: Build Paused",
        "3: Build Failed",
        "4: PostProcess Waiting",
        "5: PostProcess Cancel",
      ],
    ],
    [
      "it ended between two polls: all that was seen to differ is told, and its end",
      [sixNotStarted, all("Successful")],
      [
        "card 1: Init Successful, Download Successful, PreProcess Successful, Build Successful, Artifact Successful, PostProcess Successful (succeeded)",
        "1: Init Successful",
        "2: Download Successful",
        "3: PreProcess Successful",
        "4: Build Successful",
        "5: Artifact Successful",
        "6: PostProcess Successful",
      ],
    ],
    [
      "it failed between two polls; what stays NotStarted is not waited for",
      ["Init:Building Build:NotStarted", "Init:Failed Build:NotStarted"],
      ["card 1: Init Failed, Build NotStarted (failed)", "1: caught up Init Building", "2: Init Failed"],
    ],
    [
      "it was over before its registration: one message",
      ["Init:Successful Build:Timeout"],
      ["card 1: Init Successful, Build Timeout (timedOut)", "1: caught up Init Successful, Build Timeout"],
    ],
    [
      "it moves after it was over: it is read no more",
      ["Init:Failed", "Init:Building", "Init:Successful"],
      ["card 1: Init Failed (failed)", "1: caught up Init Failed"],
    ],
  ])("%s", async (_sentence, passes, expected) => {
    const start = scene.clock.now();
    await playOne(passes);
    expect(scene.said("C1")).toEqual(expected);
    expectOtherToldEachMinute(passes, start);
  });
});

describe("a build whose details add to what its list tells", () => {
  const allButLast = all("Successful", { without: "PostProcess" });
  const fiveSuccessful =
    "Init Successful, Download Successful, PreProcess Successful, Build Successful, Artifact Successful";
  const goDate = "2026-01-05 10:00:30 +0000 UTC";

  test.each<[string, Pass[], string[]]>([
    [
      "the list lacks PostProcess, the details say that it succeeded",
      ["", { list: allButLast, details: { build_state: "Successful" } }],
      [
        `card 1: ${fiveSuccessful} (succeeded)`,
        ...fiveSuccessful.split(", ").map((phase, index) => `${index + 1}: ${phase}`),
      ],
    ],
    [
      "the list lacks PostProcess, the details say so only later: that is a message of its own",
      [allButLast, allButLast, { list: allButLast, details: { build_state: "Successful" } }],
      [`card 1: ${fiveSuccessful} (succeeded)`, `1: caught up ${fiveSuccessful}`, "2: ended"],
    ],
    [
      "the list lacks PostProcess, the details say that it still runs: it goes on",
      [allButLast, `${allButLast} PostProcess:Building`],
      [
        `card 1: ${fiveSuccessful}, PostProcess Building`,
        `1: caught up ${fiveSuccessful}`,
        "2: PostProcess Building",
      ],
    ],
    [
      "nothing ever started, the details say that it was cancelled",
      [{ list: "Init:NotStarted", details: { build_state: "Cancel" } }],
      ["card 1: Init NotStarted (cancelled)", "1: ended"],
    ],
    [
      "nothing is listed, the details tell when it ended, in a state nobody has heard of",
      [{ list: "", details: { build_state: "Gone", ended_at: goDate } }],
      ["card 1:  (ended)", "1: ended"],
    ],
    [
      "the details say that it failed while a phase still runs: the phase's end is awaited and told",
      [
        { list: "Build:Building", details: { build_state: "Failed" } },
        { list: "Build:Failed", details: { build_state: "Failed" } },
      ],
      ["card 1: Build Failed (failed)", "1: caught up Build Building", "2: Build Failed"],
    ],
    [
      "nothing moves any more, the details say that it was cancelled: that is told within minutes",
      ["Init:NotStarted", ...times(7, { list: "Init:NotStarted", details: { build_state: "Cancel" } })],
      ["card 1: Init NotStarted (cancelled)", "1: ended"],
    ],
    [
      "a phase runs on and on, the details say that it was cancelled: that is told within minutes",
      ["Build:Building", ...times(7, { list: "Build:Building", details: { build_state: "Cancel" } })],
      ["card 1: Build Building (cancelled)", "1: caught up Build Building", "2: ended"],
    ],
    [
      "the phases say that it failed, the details that it runs: the phases count",
      [{ list: "Build:Failed", details: { build_state: "Building" } }],
      ["card 1: Build Failed (failed)", "1: caught up Build Failed"],
    ],
    [
      "the details are of other types than documented: they are left out",
      [{ list: "Init:Building", details: { build_state: 7, job_name: {}, ended_at: [goDate], index: null } }],
      ["card 1: Init Building", "1: caught up Init Building"],
    ],
  ])("%s", async (_sentence, passes, expected) => {
    const start = scene.clock.now();
    await playOne(passes);
    expect(scene.said("C1")).toEqual(expected);
    expectOtherToldEachMinute(passes, start);
  });

  test.each<[string, Fault]>([
    ["403", { kind: "forbidden" }],
    ["404", answer(serviceError(404, "SVCSTG.CPE.4040401", "The build does not exist"))],
    ["429", { kind: "throttled" }],
    ["500", { kind: "error" }],
    ["no answer in time", { kind: "hang" }],
    ["half an answer", { kind: "cut" }],
    ["an oversized answer", { kind: "oversized" }],
    ["a page", answer({ status: 200, body: "<html>Sign in</html>" })],
    ["a list in place of an object", answer({ status: 200, body: [] })],
  ])("its details fail with %s: the phases are told as ever", async (_name, fault) => {
    await playOne([
      "Init:Building",
      { list: "Init:Successful", details: fault },
      { list: "Init:Failed", details: fault },
    ]);
    expect(scene.said("C1")).toEqual([
      "card 1: Init Failed (failed)",
      "1: caught up Init Building",
      "2: Init Successful",
      "3: Init Failed",
    ]);
    const warned = scene.log.lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warned.map((line) => line.split(":")[0])).toEqual(["build b1", "build b1", "the log of build b1"]);
  });
});
