import { parentPort, workerData } from "node:worker_threads";
import { exploreShare, type Share } from "./share.ts";

parentPort!.postMessage(await exploreShare(workerData as Share));
