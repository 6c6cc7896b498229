/** Runs the tasks of each lane one after another, and all lanes at the same time. A task must not throw. */
export interface Lanes {
  add(lane: string, task: () => Promise<unknown>): void;
  /** Ends when every task that was added so far has ended. */
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
