import { createApiEvents } from "./api-events.ts";
import { createAuthorizations } from "./authorizations.ts";
import { openCredentials } from "./credentials.ts";
import { createNames } from "./names.ts";
import { openServiceStageAnswers } from "./service-stage-answers.ts";
import { createSecretsInLogs } from "./secrets-in-logs.ts";
import { createSettings } from "./settings.ts";
import { createSlackRequests } from "./slack-requests.ts";
import { openSlackAnswers } from "./slack-answers.ts";
import type { OpenTarget } from "./target.ts";

/** All targets by name, the slowest first. */
export const targets: Record<string, OpenTarget> = {
  "ServiceStage's answers": () => openServiceStageAnswers(),
  "Slack's answers": () => openSlackAnswers(),
  "secrets in logs": async () => createSecretsInLogs(),
  "names in messages": async () => createNames(),
  credentials: () => openCredentials(),
  settings: async () => createSettings(),
  "Slack's requests": async () => createSlackRequests(),
  "API events": async () => createApiEvents(),
  authorizations: async () => createAuthorizations(),
};
