import type { ServiceStageError, ServiceStageFailure } from "../tracking/ports.ts";
import { ProblemError, type ProblemKind } from "./problem.ts";

const advice: Record<ServiceStageFailure, [ProblemKind, string]> = {
  unknownBuild: ["serviceStageRefuses", "Check the stack's region and project."],
  unknownJob: ["serviceStageRefuses", "Check the stack's region and project."],
  refused: ["serviceStageRefuses", "Check the secret: it needs valid credentials for Huawei Cloud."],
  forbidden: ["serviceStageRefuses", "Give the credentials' user the policy ServiceStage ReadOnlyAccess."],
  throttled: ["serviceStageUnavailable", "Send the request again in a moment."],
  unavailable: [
    "serviceStageUnavailable",
    "Send the request again in a moment. If the problem stays, check the stack's region and the secret.",
  ],
  notUnderstood: ["serviceStageRefuses", "The log of the API function shows the error. Report it."],
};

/** What a failure means for a request that can't be answered without ServiceStage. */
export function serviceStageProblem(error: ServiceStageError): ProblemError {
  const [kind, what] = advice[error.reason];
  return new ProblemError(kind, `ServiceStage could not be asked: ${error.message}. ${what}`, {
    cause: error,
  });
}
