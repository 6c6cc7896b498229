/** What the measurements and their ServiceStage, a process of its own, say to each other. */

export interface Plan {
  /** Before every answer. */
  delayMillis: number;
  /** So many builds, the first ones, are one stage further than the others. */
  moved: number;
  /** How many phases the others have ended. */
  stage: number;
}

export interface Requests {
  total: number;
  /** Of how many different paths. */
  paths: number;
}

/** Counting begins anew. */
export async function setPlan(url: string, plan: Partial<Plan>): Promise<void> {
  await fetch(`${url}/plan`, {
    method: "PUT",
    body: JSON.stringify({ delayMillis: 0, moved: 0, stage: 1, ...plan }),
  });
}

export const countRequests = async (url: string): Promise<Requests> =>
  (await (await fetch(`${url}/plan`)).json()) as Requests;
