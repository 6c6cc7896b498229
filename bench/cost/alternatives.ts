import { hoursInMonth, movingTickSeconds, shared, type Month, type Part } from "./bill.ts";
import type { Life } from "./life.ts";

/**
 * The same job done in other ways: as late, with the same API, secret and watching, and the same store where messages
 * must outlive a process. What it takes to tell each message once is taken to be free.
 */

const functionGigabytes = 0.5;
/** Of a function that makes one look, and tells what it finds. Assumed. */
const lookSeconds = 0.3;

const looksOf = ({ builds, buildMinutes, pollIntervalSeconds }: Month): number =>
  builds * ((buildMinutes * 60) / pollIntervalSeconds);

const lambda = (invocations: number, seconds: number): Part[] => [
  {
    name: "Lambda",
    price: "lambdaGigabyteSecond",
    quantity: invocations * seconds * functionGigabytes,
    basis: "assumed",
  },
  { name: "Lambda: requests", price: "lambdaRequest", quantity: invocations, basis: "measured" },
];

const writes = ({ builds }: Month, { writeUnits }: Life): Part => ({
  name: "DynamoDB: writes",
  price: "dynamoWriteUnit",
  quantity: builds * writeUnits,
  basis: "measured",
});

/** A standard workflow for each build: wait, look, choose, and again. What is known of the build goes along in it. */
export const stepFunctions = (month: Month): Part[] => [
  { name: "Step Functions", price: "stateTransition", quantity: looksOf(month) * 3, basis: "measured" },
  ...lambda(looksOf(month), lookSeconds),
  ...shared(month),
];

/** Fargate's smallest task, always on, with an address to reach ServiceStage and Slack from. One: it may be away. */
export const container = (month: Month, life: Life): Part[] => [
  { name: "Fargate: CPU", price: "fargateCpuHour", quantity: hoursInMonth * 0.25, basis: "set" },
  { name: "Fargate: memory", price: "fargateGigabyteHour", quantity: hoursInMonth * 0.5, basis: "set" },
  { name: "Public IPv4 address", price: "publicAddressHour", quantity: hoursInMonth, basis: "set" },
  writes(month, life),
  ...shared(month),
];

/**
 * A schedule for each build. Schedules come once a minute at most, so that its function stays to look at each interval,
 * for this one build.
 */
export function scheduleEach(month: Month, life: Life): Part[] {
  const minutes = month.builds * month.buildMinutes;
  return [
    { name: "EventBridge Scheduler", price: "schedulerInvocation", quantity: minutes, basis: "measured" },
    ...lambda(minutes, movingTickSeconds(month)),
    writes(month, life),
    ...shared(month),
  ];
}
