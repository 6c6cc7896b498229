/** Replaces `p-queue` in the bundles. Slack's client has a queue for its calls, but no call may wait in it (`slack/session.ts`). */
export default class Queue {
  add<T>(call: () => Promise<T>): Promise<T> {
    return call();
  }
}
