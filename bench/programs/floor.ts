import { Pool } from "undici";
import { buildIdOf, phasesPath } from "../builds.ts";
import { measureWarm, type Run } from "./measured.ts";

/** Makes only the GETs of a pass, as many at once as a pass does, and parses their JSON. */

const run = JSON.parse(process.argv[2]!) as Run;
const concurrency = 32;
const pool = new Pool(run.serviceStageUrl);
const get = async (path: string) => (await pool.request({ method: "GET", path })).body.text();

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
