import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createCredentials } from "./credentials.ts";
import { readAuthorizerEnvironment } from "./environment.ts";
import { createAuthorizer } from "./http/authorize.ts";
import { createLog } from "./log.ts";

const { credentialsSecretId } = readAuthorizerEnvironment();

export const handler = createAuthorizer({
  apiTokens: createCredentials(new SecretsManagerClient(), credentialsSecretId).apiTokens,
  clock: { now: () => Date.now() },
  log: createLog("authorizer"),
});
