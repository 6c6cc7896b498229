import { clients, type ClientName } from "./clients.ts";
import { runProgram } from "./processes.ts";
import type { Spent } from "./programs/measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { median, round, type Measured } from "./table.ts";

/** What a GET costs with each HTTP client: the choice of lambda/huawei-cloud/exchange.ts is made by it. */

export async function measureHttp({ quick, serviceStageUrl }: Surroundings): Promise<Measured> {
  const builds = quick ? 500 : 10_000;
  const names = Object.keys(clients) as ClientName[];
  const spent = Object.fromEntries(names.map((name) => [name, [] as Spent[]])) as Record<ClientName, Spent[]>;
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const client of names) {
      spent[client].push(
        await runProgram<Spent>("floor.ts", { serviceStageUrl, builds, delayMillis: 0, client }),
      );
    }
  }
  const found = names.map((client) => ({
    client,
    cpuMicros: (median(spent[client].map(({ cpuMillis }) => cpuMillis)) * 1_000) / builds,
    rssMegabytes: median(spent[client].map(({ rssMegabytes }) => rssMegabytes)),
  }));
  return {
    title: `HTTP clients, ${builds} GETs, 32 at a time`,
    head: ["client", "CPU a GET", "peak memory"],
    rows: found.map(({ client, cpuMicros, rssMegabytes }) => [
      client,
      `${round(cpuMicros)} µs`,
      `${round(rssMegabytes)} MB`,
    ]),
    notes: [],
    data: found,
  };
}
