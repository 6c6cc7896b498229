import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import {
  isActive,
  isMoving,
  needsDetails,
  observe,
  observeTrouble,
  registerBuild,
  showTroubleAfterMillis,
  stop,
  unknownBuild,
  type Build,
  type Retention,
} from "../../lambda/domain/build.ts";
import {
  historyLength,
  isHeld,
  maySend,
  hasPending,
  settle,
  standing,
  takeLease,
  type Lease,
  type Delivery,
  type Delivered,
} from "../../lambda/domain/delivery.ts";
import { expire } from "../../lambda/domain/feed.ts";
import { backInReach, noNotices, outOfReach } from "../../lambda/domain/notices.ts";
import {
  looksOver,
  outcomeOfDetails,
  outcomeOfPhases,
  type BuildDetails,
} from "../../lambda/domain/outcome.ts";
import { phaseNames, type ListedPhase, type Phase } from "../../lambda/domain/phase.ts";
import { diff, type Transition } from "../../lambda/domain/transition.ts";
import { parsePhases } from "../../lambda/servicestage/parse.ts";

/** Properties that hold for all lists of ServiceStage, and for all orders of events. */

const retention: Retention = { abandonAfterMillis: 24 * 60 * 60_000, keepMillis: 1 };
const registered = registerBuild("b1", "r1", { channel: "C1", mention: [], thread: true }, 0);

const hostile = ["__proto__", "constructor", "toString", "hasOwnProperty", ""];
const knownStates = ["NotStarted", "Queuing", "Building", "Pushing"];
const endedStates = ["Successful", "Failed", "Timeout", "Cancel", "Deleted"];

const name = fc.oneof(fc.constantFrom(...phaseNames, "Scan", ...hostile), fc.string());
const state = fc.oneof(
  fc.constantFrom(...knownStates, ...endedStates, "Paused", ...hostile),
  fc.string({ unit: "binary" }),
);
const id = fc.oneof(fc.nat({ max: 20 }).map(String), fc.string(), fc.bigInt().map(String));
const listedPhase: fc.Arbitrary<ListedPhase> = fc.record({ id, name, state });
const list = fc.array(listedPhase, { maxLength: 12 });
const anyTime = fc.oneof(fc.double(), fc.nat());
const details: fc.Arbitrary<BuildDetails> = fc.record(
  { jobName: fc.string(), commitId: fc.string(), state, startedAt: anyTime, endedAt: anyTime },
  { requiredKeys: [] },
);

const refusal = fc.record({ of: fc.constantFrom("all" as const, "edits" as const), reason: fc.string() });

const statesOf = (phases: readonly ListedPhase[]) => new Map(phases.map(({ name, state }) => [name, state]));

/** @throws if a transition does not begin in the state of its phase */
function applyAll(states: Map<string, string>, transitions: readonly Transition[]): Map<string, string> {
  const applied = new Map(states);
  for (const { phase, from, to } of transitions) {
    expect([phase, applied.get(phase) ?? "NotStarted"]).toEqual([phase, from]);
    applied.set(phase, to);
  }
  return applied;
}

/** A phase without a transition is NotStarted, whether it was listed or not. */
const moved = (states: Map<string, string>) =>
  new Map([...states].filter(([, state]) => state !== "NotStarted"));

/** All delivered and pending transitions of a build, in order. */
const transitionsOf = ({ delivery: { outbox } }: Build): Transition[] =>
  outbox.flatMap((message) => {
    if (message.kind === "transition") return [message.transition];
    return message.kind === "caughtUp" ? message.transitions : [];
  });

describe("for all lists", () => {
  test("the transitions lead from the known states to the new ones", () => {
    fc.assert(
      fc.property(list, list, (first, second) => {
        const known = diff([], first, 1).snapshot;
        const { snapshot, transitions } = diff(known, second, 2);
        expect(moved(applyAll(statesOf(known), transitions))).toEqual(moved(statesOf(snapshot)));
      }),
    );
  });

  test("a second poll with the same list finds nothing", () => {
    fc.assert(
      fc.property(list, list, (first, second) => {
        const once = diff(diff([], first, 1).snapshot, second, 2);
        expect(diff(once.snapshot, second, 3)).toEqual({
          snapshot: once.snapshot,
          transitions: [],
          changed: false,
        });
      }),
    );
  });

  test("a second poll with the same list records nothing while the build runs", () => {
    fc.assert(
      fc.property(list, (listed) => {
        const once = observe(registered, listed, undefined, 1, retention);
        fc.pre(once.status === "tracking");
        expect(observe(once, listed, undefined, 2, retention)).toBe(once);
      }),
    );
  });

  test("the list's order does not matter", () => {
    const listAndShuffled = list.chain((listed) =>
      fc.tuple(fc.constant(listed), fc.shuffledSubarray(listed, { minLength: listed.length })),
    );
    fc.assert(
      fc.property(listAndShuffled, ([listed, shuffled]) => {
        const [one, other] = [diff([], listed, 1), diff([], shuffled, 1)];
        expect(other.transitions).toEqual(one.transitions);
        expect([...statesOf(other.snapshot)]).toEqual([...statesOf(one.snapshot)]);
      }),
    );
  });

  test("each phase is known once, and no known phase is forgotten", () => {
    fc.assert(
      fc.property(list, list, (first, second) => {
        const { snapshot } = diff(diff([], first, 1).snapshot, second, 2);
        const names = snapshot.map(({ name }) => name);
        expect(names.toSorted()).toEqual(
          [...new Set([...first, ...second].map(({ name }) => name))].toSorted(),
        );
      }),
    );
  });

  test("ids are the same as numbers and as text", () => {
    const parse = (ids: unknown[]) => {
      const list = ids.map((id, index) => ({ id, name: `P${index % 3}`, state: `${index}` }));
      const text = JSON.stringify({ list });
      return diff([], parsePhases({ status: 200, headers: {}, text, cutOff: false }, "b1"), 1);
    };
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 9 }), (ids) => {
        expect(parse(ids.map(String))).toEqual(parse(ids));
      }),
    );
  });
});

describe("for all times of the polls", () => {
  /** The moments of a build, each with all its phases. The polls see some moments, and always the last one. */
  const names = [...phaseNames, "Scan", "__proto__"];
  const moment = fc
    .array(state, { minLength: names.length, maxLength: names.length })
    .map((states) => states.map((state, id): ListedPhase => ({ id: `${id}`, name: names[id]!, state })));
  const polled = fc
    .array(moment, { minLength: 1, maxLength: 8 })
    .chain((moments) =>
      fc
        .subarray(moments.slice(0, -1))
        .map((some) => ({ all: moments, some: [...some, moments.at(-1)!], last: moments.at(-1)! })),
    );
  const pollAll = (moments: ListedPhase[][]): Build =>
    moments.reduce<Build>(
      (build, listed, at) => observe(build, listed, undefined, at, retention),
      registered,
    );

  test("it ends with the same states", () => {
    fc.assert(
      fc.property(polled, ({ all, some, last }) => {
        expect(statesOf(pollAll(some).snapshot)).toEqual(statesOf(pollAll(all).snapshot));
        expect(statesOf(pollAll(some).snapshot)).toEqual(statesOf(last));
      }),
    );
  });

  test("the transitions of each phase lead without a gap from NotStarted to its last state", () => {
    fc.assert(
      fc.property(polled, ({ some, last }) => {
        const told = applyAll(new Map(), transitionsOf(pollAll(some)));
        expect(moved(told)).toEqual(moved(statesOf(last)));
      }),
    );
  });

  test("every transition changes the state, and no duration is negative", () => {
    fc.assert(
      fc.property(polled, ({ some }) => {
        for (const { from, to, lasted } of transitionsOf(pollAll(some))) {
          expect(from).not.toBe(to);
          expect(lasted?.millis ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe("for all histories of a build", () => {
  /** Events in order, with time between them. */
  type Step = { after: number; happens: (build: Build, now: number) => Build };

  const look = fc.tuple(list, fc.option(details, { nil: undefined })).map(
    ([listed, details]): Step["happens"] =>
      (build, now) =>
        observe(build, listed, details, now, retention),
  );
  const trouble = fc.constantFrom(unknownBuild, "unavailable", "throttled").map(
    (reason): Step["happens"] =>
      (build, now) =>
        observeTrouble(build, reason, now, retention),
  );
  const lease = fc.constant<Step["happens"]>((build, now) => ({
    ...build,
    delivery: takeLease(build.delivery, "me", now),
  }));
  const tell = fc
    .tuple(fc.nat({ max: 4 }), fc.option(refusal, { nil: undefined }))
    .map(([count, refusal]): Step["happens"] => (build, now) => {
      const delivered = build.delivery.outbox
        .slice(0, count)
        .map((message): Delivered => ({ message, how: "sent", at: now }));
      const attempt = { delivered, ...(refusal !== undefined && { refusal }) };
      return { ...build, delivery: settle(build.delivery, attempt, now) };
    });
  const stopping = fc.constant<Step["happens"]>(stop);
  const after = fc.oneof(fc.nat({ max: 60_000 }), fc.nat({ max: 30 * 60 * 60_000 }));
  const lives = (...kinds: fc.Arbitrary<Step["happens"]>[]) =>
    fc.array(fc.record({ after, happens: fc.oneof(...kinds) }), { maxLength: 20 });

  /** The build at the beginning, and after each step. */
  function live(steps: Step[]): Build[] {
    let now = 0;
    const builds = [registered];
    for (const { after, happens } of steps) builds.push(happens(builds.at(-1)!, (now += after)));
    return builds;
  }

  test("its messages are numbered without a gap, and each is pending or delivered", () => {
    fc.assert(
      fc.property(lives(look, trouble, lease, tell), (steps) => {
        for (const { delivery } of live(steps)) {
          const delivered = delivery.history.map(({ message }) => message.number).toReversed();
          const numbers = [...delivered, ...delivery.outbox.map(({ number }) => number)];
          const first = delivery.nextNumber - numbers.length;
          expect(numbers).toEqual(numbers.map((_number, index) => first + index));
          expect(first === 1 || delivered.length === historyLength).toBe(true);
        }
      }),
    );
  });

  test("a pending message does not change before it is delivered", () => {
    fc.assert(
      fc.property(lives(look, trouble, lease, tell, stopping), (steps) => {
        const recorded = new Map<number, string>();
        for (const { delivery } of live(steps)) {
          for (const message of [...delivery.outbox, ...delivery.history.map(({ message }) => message)]) {
            const text = JSON.stringify(message);
            expect(recorded.get(message.number) ?? text).toBe(text);
            recorded.set(message.number, text);
          }
        }
      }),
    );
  });

  test("a build that is over stays over", () => {
    fc.assert(
      fc.property(lives(look, trouble, lease, tell, stopping), (steps) => {
        const tracked = live(steps).map(({ status }) => status === "tracking");
        expect(tracked.lastIndexOf(true)).toBe(tracked.filter(Boolean).length - 1);
      }),
    );
  });

  test("a problem is shown after three minutes, also if its reason changes", () => {
    fc.assert(
      fc.property(lives(trouble), (steps) => {
        const builds = live(steps).slice(1);
        const begun = steps[0]?.after ?? 0;
        let now = 0;
        for (const [index, { status, trouble }] of builds.entries()) {
          now += steps[index]!.after;
          if (status !== "tracking") return;
          expect(trouble?.shown).toBe(now - begun >= showTroubleAfterMillis);
        }
      }),
    );
  });

  test("an ended build has an outcome, and its card is pending", () => {
    fc.assert(
      fc.property(lives(look, trouble), (steps) => {
        const builds = live(steps);
        const over = builds.find(({ status }) => status !== "tracking");
        fc.pre(over !== undefined);
        expect(over.status === "ended" ? over.outcome : over.abandoned).toBeDefined();
        expect(hasPending(over.delivery)).toBe(true);
      }),
    );
  });
});

describe("for all inputs of the right types", () => {
  const phase: fc.Arbitrary<Phase> = fc.record(
    { id, name, state, since: anyTime, startedAt: anyTime },
    { requiredKeys: ["id", "name", "state", "since"] },
  );
  const snapshot = fc.array(phase, { maxLength: 12 });
  const covers = fc.record({ before: fc.integer(), card: fc.boolean() });
  const lease: fc.Arbitrary<Lease> = fc.record(
    {
      owner: fc.string(),
      until: anyTime,
      since: anyTime,
      covers,
      doubtSince: anyTime,
    },
    { requiredKeys: ["owner", "until", "since", "covers"] },
  );
  const delivery: fc.Arbitrary<Delivery> = fc.record(
    {
      version: fc.integer(),
      outbox: fc.array(
        fc.record({
          number: fc.integer(),
          at: anyTime,
          kind: fc.constant("ended" as const),
          outcome: fc.constant("failed" as const),
        }),
      ),
      nextNumber: fc.integer(),
      card: fc.record({ number: fc.integer(), revision: fc.integer(), shown: fc.integer() }),
      lease,
      postponed: fc.record({
        of: fc.constantFrom("all" as const, "edits" as const),
        reason: fc.string(),
        at: anyTime,
        until: anyTime,
        refusals: fc.integer(),
      }),
      history: fc.constant([]),
    },
    { requiredKeys: ["version", "outbox", "nextNumber", "history"] },
  );
  const build: fc.Arbitrary<Build> = fc.record(
    {
      kind: fc.constant("build" as const),
      buildId: fc.string(),
      version: fc.integer(),
      registration: fc.constant(registered.registration),
      stopRequestedAt: anyTime,
      redeliverRequestedAt: anyTime,
      status: fc.constantFrom("tracking" as const, "ended", "abandoned", "stopped"),
      outcome: fc.constantFrom("succeeded" as const, "ended"),
      abandoned: fc.constantFrom("unchanged" as const, "unknownBuild"),
      snapshot,
      details,
      changedAt: anyTime,
      observedAt: anyTime,
      trouble: fc.record({ reason: fc.string(), since: anyTime, shown: fc.boolean() }),
      delivery,
    },
    {
      requiredKeys: [
        "kind",
        "buildId",
        "version",
        "registration",
        "status",
        "snapshot",
        "changedAt",
        "delivery",
      ],
    },
  );
  const limits: fc.Arbitrary<Retention> = fc.record({ abandonAfterMillis: anyTime, keepMillis: anyTime });

  test("a poll never throws, and never changes the registration or the id of the build", () => {
    fc.assert(
      fc.property(
        build,
        list,
        fc.option(details, { nil: undefined }),
        state,
        anyTime,
        limits,
        (build, listed, details, reason, now, limits) => {
          const { buildId, version, registration } = build;
          const next = [
            observe(build, listed, details, now, limits),
            observeTrouble(build, reason, now, limits),
            stop(build, now),
            expire(build, now, limits),
          ];
          for (const each of next) expect(each).toMatchObject({ buildId, version, registration });
          const answers = [needsDetails(build, listed, now, limits), isMoving(build, now), isActive(build)];
          for (const each of answers) expect(typeof each).toBe("boolean");
        },
      ),
    );
  });

  test("an outcome is one of the known outcomes, or undefined", () => {
    const outcomes = ["succeeded", "failed", "timedOut", "cancelled", "deleted", "ended", undefined];
    fc.assert(
      fc.property(snapshot, fc.option(details, { nil: undefined }), (snapshot, details) => {
        expect(outcomes).toContain(outcomeOfPhases(snapshot));
        expect(outcomes).toContain(outcomeOfDetails(details));
        expect(typeof looksOver(snapshot)).toBe("boolean");
      }),
    );
  });

  test("a pending feed always has a standing, and a lease can be taken and settled", () => {
    fc.assert(
      fc.property(delivery, lease, anyTime, refusal, (delivery, lease, now, refusal) => {
        expect(["clear", "held", "postponed", "doubtful", "pending"]).toContain(standing({ delivery }, now));
        expect(typeof maySend(lease, now)).toBe("boolean");
        const leased = takeLease(delivery, "me", now);
        expect(leased.lease).toMatchObject({ owner: "me", since: now });
        const settled = settle(leased, { delivered: [], refusal }, now);
        expect(isHeld(settled, now)).toBe(false);
        expect(settled.outbox).toEqual(delivery.outbox);
      }),
    );
  });

  test("a channel gets no end of an outage without its beginning, and neither twice in a row", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 10 * 60_000 }))), (steps) => {
        let [now, notices] = [0, noNotices("C1", "n1")];
        for (const [isOut, after] of steps) {
          now += after;
          notices = isOut ? outOfReach(notices, "__proto__", now) : backInReach(notices, now);
        }
        const kinds = notices.delivery.outbox.map(({ kind }) => kind);
        expect(kinds).toEqual(kinds.map((_kind, index) => (index % 2 === 0 ? "outOfReach" : "backInReach")));
      }),
    );
  });
});
