/**
 * List prices of us-east-1 in US dollars in November 2026, without any free tier. If a price falls with the quantity, the
 * first price is given. `seen` says where the price was checked: on a copy of AWS's own page (`aws`), on another page that
 * quotes AWS (`quoted`), or nowhere (`no`). Check a price with `no` on AWS's page before you rely on it.
 */
export const pricesOf = "November 2026";

export interface Price {
  dollars: number;
  per: string;
  page: `https://aws.amazon.com/${string}/pricing/${string}`;
  seen: "aws" | "quoted" | "no";
}

const aws = "https://aws.amazon.com";

export const prices = {
  lambdaGigabyteSecond: {
    dollars: 0.0000133334,
    per: "GB-second, arm64",
    page: `${aws}/lambda/pricing/`,
    seen: "quoted",
  },
  lambdaRequest: { dollars: 0.2 / 1e6, per: "request", page: `${aws}/lambda/pricing/`, seen: "aws" },
  dynamoReadUnit: {
    dollars: 0.125 / 1e6,
    per: "read request unit",
    page: `${aws}/dynamodb/pricing/on-demand/`,
    seen: "quoted",
  },
  dynamoWriteUnit: {
    dollars: 0.625 / 1e6,
    per: "write request unit",
    page: `${aws}/dynamodb/pricing/on-demand/`,
    seen: "quoted",
  },
  dynamoStorage: { dollars: 0.25, per: "GB-month", page: `${aws}/dynamodb/pricing/`, seen: "aws" },
  dynamoRecovery: {
    dollars: 0.2,
    per: "GB-month of point-in-time recovery",
    page: `${aws}/dynamodb/pricing/on-demand/`,
    seen: "quoted",
  },
  schedulerInvocation: {
    dollars: 1 / 1e6,
    per: "invocation",
    page: `${aws}/eventbridge/pricing/`,
    seen: "quoted",
  },
  httpApiRequest: { dollars: 1 / 1e6, per: "request", page: `${aws}/api-gateway/pricing/`, seen: "aws" },
  secret: { dollars: 0.4, per: "secret", page: `${aws}/secrets-manager/pricing/`, seen: "quoted" },
  secretCall: { dollars: 0.05 / 1e4, per: "call", page: `${aws}/secrets-manager/pricing/`, seen: "quoted" },
  metric: { dollars: 0.3, per: "custom metric", page: `${aws}/cloudwatch/pricing/`, seen: "quoted" },
  alarm: { dollars: 0.1, per: "alarm", page: `${aws}/cloudwatch/pricing/`, seen: "no" },
  dashboard: { dollars: 3, per: "dashboard", page: `${aws}/cloudwatch/pricing/`, seen: "quoted" },
  logGigabyte: {
    dollars: 0.5,
    per: "GB of log taken in",
    page: `${aws}/cloudwatch/pricing/`,
    seen: "quoted",
  },
  logStorage: { dollars: 0.03, per: "GB-month of log", page: `${aws}/cloudwatch/pricing/`, seen: "no" },
  key: { dollars: 1, per: "KMS key", page: `${aws}/kms/pricing/`, seen: "aws" },
  email: { dollars: 2 / 1e5, per: "e-mail by SNS", page: `${aws}/sns/pricing/`, seen: "quoted" },
  dataOut: {
    dollars: 0.09,
    per: "GB to the internet",
    page: `${aws}/ec2/pricing/on-demand/`,
    seen: "quoted",
  },
  stateTransition: {
    dollars: 0.025 / 1e3,
    per: "state transition",
    page: `${aws}/step-functions/pricing/`,
    seen: "aws",
  },
  fargateCpuHour: {
    dollars: 0.03238,
    per: "vCPU-hour, arm64",
    page: `${aws}/fargate/pricing/`,
    seen: "quoted",
  },
  fargateGigabyteHour: {
    dollars: 0.00356,
    per: "GB-hour, arm64",
    page: `${aws}/fargate/pricing/`,
    seen: "quoted",
  },
  publicAddressHour: {
    dollars: 0.005,
    per: "hour of a public IPv4 address",
    page: `${aws}/vpc/pricing/`,
    seen: "quoted",
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
