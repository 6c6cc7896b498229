import { buildIdOf, phasesPath } from "../builds.ts";
import { clients, type ClientName } from "../clients.ts";
import { measureWarm, type Run } from "./measured.ts";

/** Nothing but the GETs of a pass, as many at once as the pass makes, with their JSON parsed. */

const { client, ...run } = JSON.parse(process.argv[2]!) as Run & { client: ClientName };
const concurrency = 32;
const get = clients[client](run.serviceStageUrl);

async function getAll(): Promise<number> {
  let next = 0;
  const work = async () => {
    while (next < run.builds) JSON.parse(await get(phasesPath(buildIdOf(next++))));
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return run.builds;
}

await measureWarm(getAll, run);
process.exit();
