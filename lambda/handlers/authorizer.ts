import { createSecretsManagerClient } from "../runtime/aws-clients.ts";
import { createCredentials } from "../runtime/credentials.ts";
import { readAuthorizerEnvironment } from "../runtime/environment.ts";
import { createAuthorizer } from "../builds-api/authorize.ts";
import { createLog } from "../runtime/log.ts";

const { credentialsSecretId } = readAuthorizerEnvironment();

const clock = { now: () => Date.now() };
const credentials = createCredentials(createSecretsManagerClient(), credentialsSecretId, clock);

export const handler = createAuthorizer({
  apiTokens: credentials.apiTokens,
  clock,
  log: createLog("authorizer", () => credentials.known()),
});
