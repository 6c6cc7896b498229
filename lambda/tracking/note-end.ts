import type { Build } from "../domain/build.ts";
import { addEnd, endOf, nothingTold, rowBefore } from "../domain/row.ts";
import type { EndsStore } from "./ports.ts";

/** An attempt fails only if another build's attempt succeeds. */
const attempts = 5;

/**
 * Notes how a build of a job ended, for the builds that come, and finds the row before it. The end is noted before it is
 * recorded, so no end is missing. A process that dies in between notes the same end again, which changes nothing.
 * @returns no row if the build is not counted, or if nothing is known of the builds before it
 * @throws if the store can't be read or written
 */
export async function noteEnd(build: Build, store: EndsStore): Promise<Pick<Build, "row">> {
  const { channel, jobId = build.details?.jobId } = build.registration;
  const end = endOf(build);
  if (jobId === undefined || end === undefined) return {};
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const told = (await store.loadEnds(jobId, channel)) ?? nothingTold(jobId, channel);
    const next = addEnd(told, end);
    if (next !== told && !(await store.saveEnds(next))) continue;
    const row = rowBefore(told, end, build.row);
    return row ? { row } : {};
  }
  throw new Error(
    `The end of build ${build.buildId} could not be noted: other builds of its job were faster`,
  );
}
