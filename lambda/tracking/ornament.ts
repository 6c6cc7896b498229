import { maskSecrets } from "../domain/mask.ts";
import { ServiceStageError, type Log } from "./ports.ts";

/** Makes a call whose answer is an ornament: a failure is logged, and holds up no message. */
export async function fetchOrnament<T>(
  buildId: string,
  call: () => Promise<T>,
  log: Log,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ServiceStageError) {
      const { message, reason, requestId } = error;
      log.warn(message, { buildId, reason, requestId });
    } else {
      const message = maskSecrets(error instanceof Error ? error.message : String(error));
      log.error("A bug in the notifier: the messages about a build lack some details. Please report this", {
        buildId,
        error: message,
      });
    }
    return undefined;
  }
}
