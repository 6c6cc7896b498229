/** Runs tasks of one lane one after another, and the lanes side by side. A task must not throw. */
export interface Lanes {
  add(lane: string, task: () => Promise<unknown>): void;
  /** Ends once every task added so far has. */
  drain(): Promise<void>;
}

export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>();
  return {
    add(lane, task) {
      last.set(lane, (last.get(lane) ?? Promise.resolve()).then(task));
    },
    async drain() {
      await Promise.all(last.values());
    },
  };
}
