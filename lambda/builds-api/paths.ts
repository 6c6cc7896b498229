import type { Build } from "../domain/build.ts";
import type { Subscription } from "../domain/subscription.ts";

/** Paths of this API in its own texts. */

export const pathOf = ({ buildId }: Build): string => `/builds/${buildId}`;

export const pathInChannel = (build: Build, operation = ""): string =>
  `${pathOf(build)}${operation}?channel=${build.registration.channel}`;

export const pathOfSubscription = ({ jobId, settings }: Subscription): string =>
  `/jobs/${jobId}/subscriptions/${settings.channel}`;
