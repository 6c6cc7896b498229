import type { Fault } from "../servicestage/faults.ts";
import type { ServiceStageServer } from "../servicestage/server.ts";
import type { ServerFault, FaultScope, SlackServer } from "../slack/server.ts";

/** The faults that the page can switch on: at most one at a time on each side. */

export interface FaultChoice {
  /** The fault's id, which the form sends. It is unique within its side. */
  id: string;
  /** The text on the button. */
  label: string;
  /** What the side does while the fault is on. The text begins with a verb. */
  does: string;
  /** How the product reacts. */
  consequence: string;
}

/** One simulated server, with its faults and its calls. */
export interface Side {
  choices: readonly FaultChoice[];
  /** Every call that the server received, oldest first. */
  calls(): readonly string[];
  active(): ActiveFault | undefined;
  /** Switches the fault on, in place of any other fault, or off when it is on. @returns false for an unknown id */
  toggle(id: string): Promise<boolean>;
}

export interface ActiveFault extends FaultChoice {
  /** How many calls the server received since the fault was switched on. */
  calls: number;
}

type ServiceStageChoice = FaultChoice & { fault: Fault };

const serviceStageChoices: readonly ServiceStageChoice[] = [
  {
    id: "throttled",
    label: "Throttle (429)",
    does: "answers every call with 429",
    consequence: "The notifier can't read builds. Updates follow as soon as ServiceStage answers again.",
    fault: { kind: "throttled" },
  },
  {
    id: "error",
    label: "Error (500)",
    does: "answers every call with 500",
    consequence:
      "The notifier can't read builds. After three minutes each channel gets a message about the outage.",
    fault: { kind: "error" },
  },
  {
    id: "down",
    label: "Down",
    does: "closes every connection",
    consequence:
      "The notifier can't read builds. After three minutes each channel gets a message about the outage.",
    fault: { kind: "down" },
  },
  {
    id: "refused",
    label: "Reject the key (401)",
    does: "rejects the credentials",
    consequence:
      "The notifier pauses for six minutes, because more attempts would lock the key. Switching this off ends the pause.",
    fault: { kind: "refused" },
  },
];

type SlackChoice = FaultChoice & { fault: ServerFault; scope?: FaultScope };

const slackChoices: readonly SlackChoice[] = [
  {
    id: "rate-limited",
    label: "Throttle (429)",
    does: "answers every call with 429: retry in 2 seconds",
    consequence: "Pending messages wait and keep their order.",
    fault: { answer: "rateLimited", retryAfterSeconds: 2 },
  },
  {
    id: "stored",
    label: "Store, then 500",
    does: "stores every message, but answers 500",
    consequence:
      "The notifier does not know whether a message arrived. It checks in Slack before it sends again.",
    fault: { answer: "status", status: 500, stores: true },
    scope: { method: "chat.postMessage" },
  },
  {
    id: "down",
    label: "Down",
    does: "closes every connection",
    consequence:
      "The notifier does not know whether a message arrived. It checks in Slack before it sends again.",
    fault: { answer: "cut" },
  },
  {
    id: "token",
    label: "Reject the token",
    does: "rejects the bot token",
    consequence: "The notifier can't send anything. All pending messages are kept.",
    fault: { answer: "error", code: "invalid_auth" },
  },
];

/** @param endPause ends the notifier's pause after refused credentials, so that it tries again at once */
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

/** @param switchOn returns a function that switches the fault off again */
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
