import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../tracking/ports.ts";

/** The time of this machine. */
export const systemClock: Clock = { now: Date.now, sleep: (millis) => sleep(millis) };
