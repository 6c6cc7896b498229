/** The messages between the measurements and their ServiceStage, which is another process. */

export interface Plan {
  /** The delay before every answer. */
  delayMillis: number;
  /** How many builds, from the first on, are one stage further than the others. */
  moved: number;
  /** How many phases of the other builds have ended. */
  stage: number;
}

export interface Requests {
  total: number;
  /** The number of different paths. */
  paths: number;
}

/** Sets the plan, and starts counting from 0 again. */
export async function setPlan(url: string, plan: Partial<Plan>): Promise<void> {
  await fetch(`${url}/plan`, {
    method: "PUT",
    body: JSON.stringify({ delayMillis: 0, moved: 0, stage: 1, ...plan }),
  });
}

export const countRequests = async (url: string): Promise<Requests> =>
  (await (await fetch(`${url}/plan`)).json()) as Requests;
