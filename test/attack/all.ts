import { createApiEvents } from "./api-events.ts";
import { createAuthorizations } from "./authorizations.ts";
import { openServiceStageAnswers } from "./service-stage-answers.ts";
import type { OpenTarget } from "./target.ts";

/** By their names, those that take longest first. */
export const targets: Record<string, OpenTarget> = {
  "ServiceStage's answers": () => openServiceStageAnswers(),
  "API events": async () => createApiEvents(),
  authorizations: async () => createAuthorizations(),
};
