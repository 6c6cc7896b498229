import { fromEnv } from "@aws-sdk/credential-provider-env";

/**
 * What the bundles hold in place of `@aws-sdk/credential-provider-node`: Lambda gives a function's credentials in its
 * environment, and the rest of the SDK's chain (profiles, single sign-on, metadata services) is a quarter of a bundle.
 */
export const defaultProvider = fromEnv;
