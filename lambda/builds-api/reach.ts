import { noNotices } from "../domain/notices.ts";
import type { ApiStore } from "../tracking/ports.ts";
import type { Reach } from "./explain.ts";

/** What keeps the notifier from reading anything for this channel. */
export type ReachOf = (channel: string) => Promise<Reach>;

export const createReachOf =
  (store: Pick<ApiStore, "loadCircuit" | "load">): ReachOf =>
  async (channel) => {
    const [circuit, notices] = await Promise.all([store.loadCircuit(), store.load(noNotices(channel, ""))]);
    return { circuit, outage: notices?.outage };
  };
