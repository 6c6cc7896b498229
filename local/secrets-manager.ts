import { createServer } from "node:http";
import { listen } from "./listen.ts";

/** A Secrets Manager that holds one secret, under whatever id it is asked for. */
export async function startSecretsManager(secret: () => Record<string, unknown>) {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ Name: "credentials", SecretString: JSON.stringify(secret()) }));
    });
  });
  return listen(server, 0);
}
