import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { median, round, type Measured } from "./table.ts";

/** Measures how fast requests are signed, and which share of a poll's CPU the signature needs. */

export async function measureSigning(surroundings: Surroundings): Promise<Measured> {
  const { quick, bundles, serviceStageUrl, environment, createTable } = surroundings;
  const builds = quick ? 500 : 5_000;
  const tableName = await createTable(builds);
  const pairs = [];
  for (let pair = 0; pair < (quick ? 1 : 3); pair++) {
    const signing = await runProgram<Spent>("signing.ts", { requests: builds });
    const plan = { serviceStageUrl, builds, delayMillis: 0, bundle: bundles.poll.file };
    const pass = await runProgram<Spent>("pass.ts", plan, environment(tableName));
    pairs.push({
      signMicros: (signing.cpuMillis * 1_000) / signing.polled,
      pollMicros: (pass.cpuMillis * 1_000) / pass.polled,
    });
  }
  const signMicros = median(pairs.map((pair) => pair.signMicros));
  const share = median(pairs.map((pair) => pair.signMicros / pair.pollMicros));
  return {
    title: "Signing",
    head: ["requests signed a second", "CPU each", "of a poll's CPU"],
    rows: [[round(1_000_000 / signMicros), `${round(signMicros, 1)} µs`, `${round(share * 100, 1)} %`]],
    notes: [],
    data: { signMicros, share },
  };
}
