import { createServer } from "node:http";
import { guard } from "./guard.ts";
import { listen } from "./listen.ts";

/**
 * A Secrets Manager with one secret. It answers every id with this secret.
 *
 * @param accessKeyId the only access key that is accepted. Default: any key.
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
