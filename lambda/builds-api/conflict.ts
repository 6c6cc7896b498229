import type { Build } from "../domain/build.ts";
import type { Conflict, RegistrationResult } from "../tracking/register.ts";
import { explainPending } from "./explain.ts";
import { pathInChannel, pathOf } from "./paths.ts";
import { contended, ProblemError } from "./problem.ts";

type Refusal = Exclude<RegistrationResult, { kind: "registered" }>;

/** Says why the build was not registered, and what to do. */
export function conflictProblem(refusal: Refusal, now: number): ProblemError {
  switch (refusal.kind) {
    case "settingsDiffer":
      return settingsDiffer(refusal);
    case "stopping":
      return stopping(refusal.build);
    case "stillPending":
      return stillPending(refusal.build, now);
    case "contended":
      return contended("registering the build");
  }
}

function settingsDiffer({ build, differing }: Extract<Conflict, { kind: "settingsDiffer" }>): ProblemError {
  const faults = differing.map((name) => ({
    pointer: `#/${name}`,
    detail: `differs: the build is registered with ${JSON.stringify(build.registration[name] ?? null)}`,
  }));
  const detail =
    `These settings differ from the registered ones for this channel: ${differing.join(", ")}. To change the settings, ` +
    `DELETE ${pathInChannel(build)}. ${againWhenStopped(build)}`;
  return new ProblemError("settingsDiffer", detail, { faults });
}

const stopping = (build: Build): ProblemError =>
  new ProblemError(
    "stopping",
    `Tracking of build ${build.buildId} in this channel is being stopped. ${againWhenStopped(build)}`,
  );

const stillPending = (build: Build, now: number): ProblemError =>
  new ProblemError(
    "stillPending",
    `The earlier registration of build ${build.buildId} in this channel still has pending messages. Register the build ` +
      `again when GET ${pathOf(build)} shows nothing pending for this channel, usually within a minute. The reason: ${explainPending(build, now, build.delivery.outbox[0] ?? "card").detail}`,
  );

const againWhenStopped = (build: Build): string =>
  `Register the build again when GET ${pathOf(build)} shows the status stopped and nothing pending for this channel, ` +
  "usually within two minutes.";
