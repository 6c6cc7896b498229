import type { Bundle, BundleName as Name } from "./bundles.ts";
import { runProgram } from "./processes.ts";
import type { Surroundings } from "./surroundings.ts";
import { kilobytes, median, round, type Measured } from "./table.ts";

/** Measures how fast the bundles start, compared with an empty handler and one that only loads the DynamoDB client. */

const names: Name[] = ["empty", "dynamodb", "poll", "api", "slack", "authorizer"];

const requestContext = { requestId: "r1" };
const headers = { authorization: "Bearer none" };
const events: Partial<Record<Name, object>> = {
  api: {
    routeKey: "GET /builds/{buildId}",
    rawPath: "/builds/none",
    pathParameters: { buildId: "none" },
    headers,
    requestContext,
  },
  // The function reads the secret, and refuses the request, because it is not signed.
  slack: { routeKey: "POST /slack", rawPath: "/slack", headers, requestContext, body: "ssl_check=1" },
  authorizer: { headers, requestContext },
};

interface Start {
  readyMillis: number;
  answeredMillis: number;
}

export async function measureStart({
  quick,
  bundles,
  environment,
  createTable,
}: Surroundings): Promise<Measured> {
  const env = environment(await createTable(1), { NODE_OPTIONS: "--enable-source-maps" });
  const starts = Object.fromEntries(names.map((name) => [name, [] as Start[]])) as Record<Name, Start[]>;
  for (let round = 0; round < (quick ? 1 : 15); round++) {
    for (const name of names) {
      const plan = { bundle: bundles[name].file, event: events[name] ?? {} };
      starts[name].push(await runProgram<Start>("start.mjs", plan, env));
    }
  }
  const middle = (name: Name, of: keyof Start) => median(starts[name].map((start) => start[of]));
  const found = names.map((name) => ({
    name,
    ...bundles[name],
    readyMillis: middle(name, "readyMillis"),
    answeredMillis: middle(name, "answeredMillis"),
    readyRatio: middle(name, "readyMillis") / middle("dynamodb", "readyMillis"),
  }));
  return {
    title: "Bundles and starts",
    head: ["handler", "bundle", "ready", "against DynamoDB's client alone", "first answer"],
    rows: found.map(({ name, bytes, readyMillis, readyRatio, answeredMillis }) => [
      name,
      kilobytes(bytes),
      `${round(readyMillis)} ms`,
      round(readyRatio, 2),
      `${round(answeredMillis)} ms`,
    ]),
    notes: [
      "The times count from the beginning of the process. Source maps are on, as on Lambda. The handlers start in turns, and the medians are given.\n",
      ...(["poll", "api", "slack"] as const).map((name) => `- ${name}: ${partsOf(bundles[name])}`),
    ],
    data: found.map(({ file: _temporary, ...rest }) => rest),
  };
}

const partsOf = ({ parts }: Bundle): string =>
  parts
    .filter(([, bytes]) => bytes >= 4 * 1_024)
    .map(([name, bytes]) => `${name === "own" ? "our own code" : name} ${kilobytes(bytes)}`)
    .join(", ");
