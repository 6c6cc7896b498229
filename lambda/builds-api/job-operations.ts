import { routes } from "../names.ts";
import { askServiceStage, type AskParts } from "../tracking/ask-service-stage.ts";
import { findJobs } from "../tracking/find-jobs.ts";
import { ServiceStageError } from "../tracking/ports.ts";
import { json, type Operations } from "./answer.ts";
import { parseJobName } from "./request.ts";
import type { JobsView } from "./schemas.ts";
import { serviceStageProblem } from "./service-stage.ts";

/** Finds the jobs to subscribe to. */
export const createJobOperations = (parts: AskParts) =>
  ({
    [routes.findJobs]: async (event) => {
      const name = parseJobName(event);
      const found: JobsView = await askServiceStage(parts, (asked) => findJobs(name, asked)).catch(
        (error: unknown) => {
          throw error instanceof ServiceStageError ? serviceStageProblem(error) : error;
        },
      );
      return json(200, found);
    },
  }) satisfies Partial<Operations>;
