import type { Fault } from "../servicestage/faults.ts";
import type { ServiceStageServer } from "../servicestage/server.ts";
import type { ServerFault, FaultScope, SlackServer } from "../slack/server.ts";

/** What can be made to go wrong on the page: at most one fault at a time on each side. */

export interface FaultChoice {
  /** Of its side's, in a form. */
  id: string;
  /** On the button. */
  label: string;
  /** What the side does while it is on; begins with its verb. */
  does: string;
  /** What the product does about it. */
  consequence: string;
}

/** One simulated server, as far as its faults go. */
export interface Side {
  choices: readonly FaultChoice[];
  /** Every call that came in, oldest first. */
  calls(): readonly string[];
  active(): ActiveFault | undefined;
  /** Switches the fault on in place of another one, or off when it is on. @returns false for an unknown id */
  toggle(id: string): Promise<boolean>;
}

export interface ActiveFault extends FaultChoice {
  /** How many calls came in since it was switched on. */
  calls: number;
}

type ServiceStageChoice = FaultChoice & { fault: Fault };

const serviceStageChoices: readonly ServiceStageChoice[] = [
  {
    id: "throttled",
    label: "Throttle (429)",
    does: "answers every call with 429",
    consequence: "Nothing is read. What moved meanwhile is told as soon as it answers again.",
    fault: { kind: "throttled" },
  },
  {
    id: "error",
    label: "Error (500)",
    does: "answers every call with 500",
    consequence: "Nothing is read. After three minutes the channels are told that builds can't be followed.",
    fault: { kind: "error" },
  },
  {
    id: "down",
    label: "Down",
    does: "breaks off every connection",
    consequence: "Nothing is read. After three minutes the channels are told that builds can't be followed.",
    fault: { kind: "down" },
  },
  {
    id: "refused",
    label: "Refuse the key (401)",
    does: "refuses the credentials",
    consequence:
      "One try, then a pause of six minutes, since more tries would lock the key. Switching this off ends the pause.",
    fault: { kind: "refused" },
  },
];

type SlackChoice = FaultChoice & { fault: ServerFault; scope?: FaultScope };

const slackChoices: readonly SlackChoice[] = [
  {
    id: "rate-limited",
    label: "Throttle (429)",
    does: "answers every call with 429, to be tried in 2 seconds",
    consequence: "What is pending waits, in its order.",
    fault: { answer: "rateLimited", retryAfterSeconds: 2 },
  },
  {
    id: "stored",
    label: "Store, then 500",
    does: "stores every message, and answers 500",
    consequence:
      "The message may have arrived or not: once its lease has run out, the notifier looks before it sends.",
    fault: { answer: "status", status: 500, stores: true },
    scope: { method: "chat.postMessage" },
  },
  {
    id: "down",
    label: "Down",
    does: "breaks off every connection",
    consequence:
      "Whether a message arrived is not known: the notifier looks, a minute later, before it sends it again.",
    fault: { answer: "cut" },
  },
  {
    id: "token",
    label: "Refuse the token",
    does: "refuses the bot token",
    consequence: "Nobody can send: everything pending is kept.",
    fault: { answer: "error", code: "invalid_auth" },
  },
];

/** @param endPause makes the notifier try again at once after refused credentials */
export function serviceStageSide(server: ServiceStageServer, endPause: () => Promise<void>): Side {
  return createSide(
    serviceStageChoices,
    () => server.requests.map((request) => request.replace("/assembling/v1/", "")),
    ({ fault }) => {
      server.fault = fault;
      return async () => {
        server.fault = undefined;
        if (fault.kind === "refused") await endPause();
      };
    },
  );
}

export function slackSide(server: SlackServer): Side {
  return createSide(
    slackChoices,
    () => server.calls.map(({ method }) => method),
    ({ fault, scope }) => {
      const clear = server.fail(fault, scope);
      return async () => clear();
    },
  );
}

/** @param switchOn returns how to switch it off again */
function createSide<C extends FaultChoice>(
  choices: readonly C[],
  calls: Side["calls"],
  switchOn: (choice: C) => () => Promise<void>,
): Side {
  let on: { choice: C; callsBefore: number; switchOff: () => Promise<void> } | undefined;
  return {
    choices,
    calls,
    active: () => on && { ...on.choice, calls: calls().length - on.callsBefore },
    async toggle(id) {
      const choice = choices.find((choice) => choice.id === id);
      if (!choice) return false;
      const before = on;
      const switchedOff = before?.switchOff();
      on =
        before?.choice === choice
          ? undefined
          : { choice, callsBefore: calls().length, switchOff: switchOn(choice) };
      await switchedOff;
      return true;
    },
  };
}
