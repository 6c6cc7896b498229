import { Logger } from "@aws-lambda-powertools/logger";
import { hide } from "../domain/hide.ts";
import type { Log } from "../tracking/ports.ts";

/**
 * Writes structured lines to standard output. `POWERTOOLS_LOG_LEVEL` sets the lowest level; the default is INFO.
 * @param known the secrets that this process has read. They are hidden, because an exception may quote them.
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

/** AWS may quote these in its errors: it repeats the headers of a request whose signature it refuses. */
const ofThisProcess = (): string[] =>
  [process.env["AWS_SECRET_ACCESS_KEY"], process.env["AWS_SESSION_TOKEN"]].filter(
    (text) => text !== undefined,
  );
