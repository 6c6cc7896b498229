/** The digest of a week. */
export const digest = {
  heading: (since: string, until: string) => `📊 *Builds from ${since} to ${until}*`,
  /** @param results how many builds ended in which way */
  builds: (count: number, atLeast: boolean, results: string[]) =>
    `${atLeast ? "At least " : ""}${count} ${count === 1 ? "build" : "builds"}: ${results.join(", ")}`,
  succeeded: (count: number, share: string) => `${count} succeeded (${share})`,
  failed: (count: number) => `${count} failed`,
  others: (count: number) => `${count} ${count === 1 ? "other" : "others"}`,
  days: (bars: string) => `Day by day: ${bars}`,
  median: (duration: string, before: string | undefined) =>
    `Median time: ${duration}${before === undefined ? "" : ` (the week before: ${before})`}`,
  failsMost: (phase: string, builds: number, failed: number) =>
    `Fails most: ${phase}, in ${builds} of ${failed} failed ${failed === 1 ? "build" : "builds"}`,
  slowed: (job: string, before: string, duration: string) =>
    `Slowed down most: ${job}, from ${before} to ${duration}`,
  columns: ["Job", "Builds", "Succeeded", "Median time"],
  unknownJob: "Unknown job",
  moreJobs: (count: number) => `… and ${count} more ${count === 1 ? "job" : "jobs"}`,
};
