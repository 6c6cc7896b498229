import { Logger } from "@aws-lambda-powertools/logger";
import { hide } from "../domain/hide.ts";
import type { Log } from "../tracking/ports.ts";

/**
 * Structured lines on standard output; `POWERTOOLS_LOG_LEVEL` sets the least level, default INFO.
 * @param known the secrets that this process has read. Nobody logs them; what an exception quotes is hidden here, at last.
 */
export function createLog(serviceName: string, known: () => readonly string[] = () => []): Log {
  const hideKnown = (_key: string, value: unknown): unknown =>
    typeof value === "string" ? hide(value, [...known(), ...ofThisProcess()]) : value;
  const logger = new Logger({ serviceName, jsonReplacerFn: hideKnown });
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}

/** AWS quotes the headers of a request whose signature it refuses. */
const ofThisProcess = (): string[] =>
  [process.env["AWS_SECRET_ACCESS_KEY"], process.env["AWS_SESSION_TOKEN"]].filter(
    (text) => text !== undefined,
  );
