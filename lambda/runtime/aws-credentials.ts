import { fromEnv } from "@aws-sdk/credential-provider-env";

/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles. On Lambda the credentials are in the environment. The
 * rest of the SDK's chain (profiles, single sign-on, metadata services) would be a quarter of a bundle.
 */
export const defaultProvider = fromEnv;
