import { Logger } from "@aws-lambda-powertools/logger";
import type { Log } from "./tracking/ports.ts";

/** Structured lines on standard output; `POWERTOOLS_LOG_LEVEL` sets the least level, default INFO. */
export function createLog(serviceName: string): Log {
  const logger = new Logger({ serviceName });
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
