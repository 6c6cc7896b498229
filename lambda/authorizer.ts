import { createSecretsManagerClient } from "./aws.ts";
import { createCredentials } from "./credentials.ts";
import { readAuthorizerEnvironment } from "./environment.ts";
import { createAuthorizer } from "./http/authorize.ts";
import { createLog } from "./log.ts";

const { credentialsSecretId } = readAuthorizerEnvironment();

const clock = { now: () => Date.now() };
const credentials = createCredentials(createSecretsManagerClient(), credentialsSecretId, clock);

export const handler = createAuthorizer({
  apiTokens: credentials.apiTokens,
  clock,
  log: createLog("authorizer", () => credentials.known()),
});
