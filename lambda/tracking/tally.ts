/** What the parts of a tick report of their work. Each number is a sum over the tick. */
export interface Counts {
  /** Builds read from the store, once in each pass. */
  builds: number;
  polled: number;
  /** Subscriptions read from the store, once in each pass. */
  subscriptions: number;
  jobsPolled: number;
  /** Builds that a subscription found and registered. */
  found: number;
  changed: number;
  /** Builds and jobs that ServiceStage did not let read, or that were not tried because it refuses the credentials. */
  unreadable: number;
  /** Those of them that were not read because ServiceStage refuses the credentials. */
  credentialsRefused: number;
  /** Those of them that ServiceStage does not know: a wrong id, or a build of another region or project. */
  unknownBuilds: number;
  unknownJobs: number;
  /** Subscriptions whose job could not be read for an hour or longer, once in each pass. */
  unreadableJobs: number;
  /** Stored items that this version can't understand. */
  notUnderstood: number;
  delivered: number;
  /** Messages that are given up: Slack refuses their content, or does not allow to check whether they arrived. */
  undeliverable: number;
  /** Deliveries that ended because their destination refused. */
  refused: number;
  /** Calls that Slack refused for the token: it is refused, or lacks the scope to read back. */
  tokenRefused: number;
  /** Times that reading back failed or was cut short, so that nothing could be sent after them. */
  failedReadBacks: number;
  /** Whatever broke off unexpectedly. */
  errors: number;
}

/** Adds to the tick's counts. */
export type Count = (found: Partial<Counts>) => void;

/** Deliveries outlast the pass that began them. So every part counts as it goes, and a tick has one tally. */
export function createTally(): { count: Count; counts: Counts } {
  const counts: Counts = {
    builds: 0,
    polled: 0,
    subscriptions: 0,
    jobsPolled: 0,
    found: 0,
    changed: 0,
    unreadable: 0,
    credentialsRefused: 0,
    unknownBuilds: 0,
    unknownJobs: 0,
    unreadableJobs: 0,
    notUnderstood: 0,
    delivered: 0,
    undeliverable: 0,
    refused: 0,
    tokenRefused: 0,
    failedReadBacks: 0,
    errors: 0,
  };
  return {
    counts,
    count(found) {
      for (const name of countNames(counts)) counts[name] += found[name] ?? 0;
    },
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- createTally() creates the object with these keys alone.
const countNames = (counts: Counts): (keyof Counts)[] => Object.keys(counts) as (keyof Counts)[];
