import { createServer } from "node:http";
import { guard } from "./guard.ts";
import { listen } from "./listen.ts";

/**
 * A Secrets Manager with one secret, which it returns for every id.
 *
 * @param accessKeyId the only access key that may read the secret. By default every key may
 */
export async function startSecretsManager(secret: () => Record<string, unknown>, accessKeyId?: string) {
  const server = guard(
    createServer(),
    (_request, response) => {
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ Name: "credentials", SecretString: JSON.stringify(secret()) }));
    },
    { methods: ["POST"], accessKeyId },
  );
  return listen(server, 0);
}
