import { hoursInMonth, movingTickSeconds, shared, type Month, type Part } from "./bill.ts";
import type { Life } from "./life.ts";

/**
 * The costs of other ways to do the same job. They see a change as fast, and have the same API, secret and monitoring. If
 * messages must outlive a process, they have the same store. Delivering each message exactly once counts as free.
 */

const functionGigabytes = 0.5;
/** How long a function takes for one poll of one build and its messages. Assumed. */
const pollSeconds = 0.3;

const pollsOf = ({ builds, buildMinutes, pollIntervalSeconds }: Month): number =>
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

/** A standard workflow for each build. It waits, polls, decides, and begins again. It carries the build's state. */
export const stepFunctions = (month: Month): Part[] => [
  { name: "Step Functions", price: "stateTransition", quantity: pollsOf(month) * 3, basis: "measured" },
  ...lambda(pollsOf(month), pollSeconds),
  ...shared(month),
];

/** Fargate's smallest task, always on, with an address for calls to ServiceStage and Slack. There is no second one. */
export const container = (month: Month, life: Life): Part[] => [
  { name: "Fargate: CPU", price: "fargateCpuHour", quantity: hoursInMonth * 0.25, basis: "set" },
  { name: "Fargate: memory", price: "fargateGigabyteHour", quantity: hoursInMonth * 0.5, basis: "set" },
  { name: "Public IPv4 address", price: "publicAddressHour", quantity: hoursInMonth, basis: "set" },
  writes(month, life),
  ...shared(month),
];

/**
 * A schedule for each build. A schedule starts its function at most once a minute. So the function runs for the whole
 * minute, and polls its one build at each interval.
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
