import type { Build } from "../domain/build.ts";
import type { Conflict, RegistrationResult } from "../tracking/register.ts";
import { explainPending } from "./explain.ts";
import { ProblemError } from "./problem.ts";

type Refusal = Exclude<RegistrationResult, { kind: "registered" }>;

/** Why a registration was not made, and what to do. */
export function conflictProblem(refusal: Refusal, now: number): ProblemError {
  switch (refusal.kind) {
    case "settingsDiffer":
      return settingsDiffer(refusal);
    case "stopping":
      return stopping(refusal.build);
    case "stillPending":
      return stillPending(refusal.build, now);
    case "contended":
      return new ProblemError(
        "unavailable",
        "Others register the build just now: send it again in a moment.",
      );
  }
}

function settingsDiffer({ build, differing }: Extract<Conflict, { kind: "settingsDiffer" }>): ProblemError {
  const path = pathOf(build);
  const faults = differing.map((name) => ({
    pointer: `#/${name}`,
    detail: `differs: the build is registered with ${JSON.stringify(build.registration[name] ?? null)}`,
  }));
  const detail =
    `Other than registered: ${differing.join(", ")}. To change the settings, DELETE ${path}, ` +
    `and register the build again once GET ${path} says stopped and owes nothing, within two minutes as a rule.`;
  return new ProblemError("settingsDiffer", detail, { faults });
}

const stopping = (build: Build): ProblemError =>
  new ProblemError(
    "stopping",
    `Build ${build.buildId} is being stopped: register it again once GET ${pathOf(build)} says stopped and owes ` +
      "nothing, within two minutes as a rule.",
  );

const stillPending = (build: Build, now: number): ProblemError =>
  new ProblemError(
    "stillPending",
    `What the earlier registration of build ${build.buildId} owes is told first: register it again once GET ` +
      `${pathOf(build)} owes nothing, within a minute as a rule. At present: ${explainPending(build, now).detail}`,
  );

const pathOf = ({ buildId }: Build): string => `/builds/${buildId}`;
