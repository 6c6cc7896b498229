/**
 * Replaces `@aws-sdk/middleware-endpoint-discovery` in the bundles. DynamoDB's client sets up this middleware, but none of
 * the client's commands uses it.
 */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {};
export const resolveEndpointDiscoveryConfig = <C>(config: C): C => config;
