/**
 * What the bundles hold in place of `@aws-sdk/middleware-endpoint-discovery`. DynamoDB's client sets it up, and none of
 * its commands asks for it.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {};
export const resolveEndpointDiscoveryConfig = <C>(config: C): C => config;
