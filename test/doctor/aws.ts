import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { canary } from "../../local/canary.ts";
import { listen } from "../../local/listen.ts";

/** An AWS account with one deployment: four services in one server, each with its own protocol. */
export interface Account {
  stackName: string;
  /** By their keys. */
  outputs: Record<string, string>;
  /** The environment of the function that ticks. */
  environment: Record<string, string>;
  /** What the secret holds, as text; `npm run credentials` writes it. */
  secret: string;
  /**
   * The sums over the last ten minutes that CloudWatch knows, by `namespace/metric/statistic`; what it does not know has
   * no data.
   */
  sums: Record<string, number>;
  /** Since then there is no data. */
  silentMinutes: number;
  /** Such as `{ DescribeStacks: "AccessDenied" }`. */
  refusals: Record<string, string>;
  /** Of what is refused; default: "refused". */
  message?: string;
}

/** An account without a deployment, for those who only need its secret. */
export const emptyAccount = (): Account => ({
  stackName: "",
  outputs: {},
  environment: {},
  secret: "",
  sums: {},
  refusals: {},
  silentMinutes: 0,
});

interface Answer {
  status: number;
  type: string;
  body: string;
}

/** The SDK sends all services to `AWS_ENDPOINT_URL`. */
export async function startAws(account: Account) {
  const server = createServer((request, response) => {
    answer(request, account).then(
      ({ status, type, body }) => response.writeHead(status, { "content-type": type }).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  return listen(server, 0);
}

async function answer(request: IncomingMessage, account: Account): Promise<Answer> {
  const body = await text(request);
  const [, target] = String(request.headers["x-amz-target"] ?? "").split(".");
  const [, functionName] = /^\/2015-03-31\/functions\/([^/]+)\/configuration$/.exec(request.url!) ?? [];
  const form = new URLSearchParams(body);
  const action = target || (functionName ? "GetFunctionConfiguration" : form.get("Action")!);
  const refusal = account.refusals[action];
  if (action === "DescribeStacks") return describeStacks(account, form.get("StackName")!, refusal);
  if (refusal) return json({ __type: refusal, message: account.message ?? "refused" }, 400);
  if (functionName)
    return json({ FunctionName: functionName, Environment: { Variables: account.environment } });
  const input = JSON.parse(body) as { SecretString?: string; MetricDataQueries?: Query[] };
  switch (action) {
    case "GetSecretValue":
      return json({ Name: "credentials", SecretString: account.secret });
    case "PutSecretValue":
      account.secret = input.SecretString!;
      return json({ Name: "credentials", VersionId: "1" });
    case "GetMetricData":
      return json({ MetricDataResults: input.MetricDataQueries!.map((query) => sumOf(query, account)) });
    default:
      return json({ __type: "UnknownOperationException" }, 400);
  }
}

interface Query {
  Id: string;
  MetricStat: {
    Stat: string;
    Metric: { Namespace: string; MetricName: string; Dimensions: { Value: string }[] };
  };
}

/** Spread over the minutes, in whole numbers. */
function sumOf({ Id, MetricStat: { Metric, Stat } }: Query, { sums, outputs, silentMinutes }: Account) {
  const sum = sums[`${Metric.Namespace}/${Metric.MetricName}/${Stat}`];
  const isPoller = Metric.Dimensions[0]?.Value === outputs["PollFunctionName"];
  const thisMinute = Math.floor(Date.now() / 60_000) * 60;
  const minutesAgo = Array.from({ length: 10 }, (_, index) => index + 1).filter((ago) => ago > silentMinutes);
  const known = sum !== undefined && isPoller ? minutesAgo : [];
  const upTo = (ago: number): number => Math.floor((sum! * ago) / 10);
  return {
    Id,
    Values: known.map((ago) => upTo(ago) - upTo(ago - 1)),
    Timestamps: known.map((ago) => thisMinute - ago * 60),
    StatusCode: "Complete",
  };
}

/** CloudFormation speaks XML. */
function describeStacks(account: Account, stackName: string, refusal: string | undefined): Answer {
  const unknown = stackName === account.stackName ? undefined : "ValidationError";
  const code = refusal ?? unknown;
  if (code) {
    const message = unknown ? `Stack with id ${stackName} does not exist` : "refused";
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
    return xml(`<ErrorResponse>${error}<RequestId>r</RequestId></ErrorResponse>`, 400);
  }
  const outputs = Object.entries(account.outputs)
    .map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    .join("");
  return xml(
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>` +
      `<StackName>${stackName}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${outputs}</Outputs>` +
      `</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}

const json = (body: object, status = 200): Answer => ({
  status,
  type: "application/x-amz-json-1.1",
  body: JSON.stringify(body),
});
const xml = (body: string, status = 200): Answer => ({ status, type: "text/xml", body });

/** A client of Secrets Manager in that account; `close` ends both. */
export async function openSecrets(account: Account) {
  const aws = await startAws(account);
  const client = new SecretsManagerClient({
    endpoint: aws.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: canary },
    maxAttempts: 1,
  });
  return {
    client,
    async close() {
      client.destroy();
      await aws.close();
    },
  };
}
