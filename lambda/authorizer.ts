import { createSecretsManagerClient } from "./aws.ts";
import { createCredentials } from "./credentials.ts";
import { readAuthorizerEnvironment } from "./environment.ts";
import { createAuthorizer } from "./http/authorize.ts";
import { createLog } from "./log.ts";

const { credentialsSecretId } = readAuthorizerEnvironment();

const clock = { now: () => Date.now() };

export const handler = createAuthorizer({
  apiTokens: createCredentials(createSecretsManagerClient(), credentialsSecretId, clock).apiTokens,
  clock,
  log: createLog("authorizer"),
});
