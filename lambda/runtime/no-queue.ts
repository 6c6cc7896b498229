/** Replaces `p-queue` in the bundles. Slack's client queues its calls there, but we allow any number of them at once. */
export default class {
  add<T>(call: () => Promise<T>): Promise<T> {
    return call();
  }
  pause(): void {}
  start(): void {}
}
