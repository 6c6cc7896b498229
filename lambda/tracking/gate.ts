import { ServiceStageError } from "./ports.ts";

/**
 * The way to ServiceStage in one pass: the first call goes alone, the others follow when it was not refused,
 * and once one is refused none follows. So a bad key fails once, not once for each build: more than five failures
 * in a row lock it.
 */
export interface Gate {
  /** @throws {ServiceStageError} what the call throws, or the refusal that closed the gate */
  pass<T>(call: () => Promise<T>): Promise<T>;
  /** Some build was answered, if only that it does not exist. */
  readonly answered: boolean;
  readonly refusal: ServiceStageError | undefined;
}

export function createGate(): Gate {
  let first: Promise<void> | undefined;
  let answered = false;
  let refusal: ServiceStageError | undefined;

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      answered = true;
      return result;
    } catch (error) {
      if (error instanceof ServiceStageError && error.reason === "unknownBuild") answered = true;
      if (error instanceof ServiceStageError && error.reason === "refused") refusal ??= error;
      throw error;
    }
  }

  return {
    async pass(call) {
      if (!first) {
        const attempted = attempt(call);
        first = attempted.then(
          () => undefined,
          () => undefined,
        );
        return attempted;
      }
      await first;
      if (refusal) throw refusal;
      return attempt(call);
    },
    get answered() {
      return answered;
    },
    get refusal() {
      return refusal;
    },
  };
}
