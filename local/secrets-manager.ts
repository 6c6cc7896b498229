import { createServer } from "node:http";
import { guard } from "./guard.ts";
import { listen } from "./listen.ts";

/**
 * A Secrets Manager that holds one secret, under whatever id it is asked for.
 *
 * @param accessKeyId of the only one who is given it; anybody by default
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
