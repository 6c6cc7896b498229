import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { beginCommand } from "../command/command.ts";
import { createSecretsManagerClient } from "../lambda/runtime/aws-clients.ts";
import { secretsIn, type Secret } from "../lambda/runtime/secret.ts";
import { asksForToken } from "./api.ts";
import { awsTrouble, readOutputs, type Outputs } from "./aws.ts";
import { bad, good, render, type Finding } from "./finding.ts";
import { examineAccess, readCredentials } from "./credentials-file.ts";
import { hasApiToken, heldBy } from "./secret.ts";

/** `npm run credentials`: checks `credentials.json`, and writes it into the stack's secret. */

async function* put(stackName: string, folder: string): AsyncGenerator<Finding> {
  const { finding, value } = readCredentials(folder);
  const access = examineAccess(folder);
  if (access) yield access;
  if (!value || finding.mark !== "✔") {
    yield finding;
    return;
  }
  const stack = await readOutputs(stackName);
  yield stack.value ? await putInto(stack.value, value) : stack.finding;
}

async function putInto({ secretName, apiUrl }: Outputs, secret: Secret): Promise<Finding> {
  if (!hasApiToken(secret) && (await asksForToken(apiUrl))) {
    return bad("Secret", "it has no apiTokens, but the API needs one", "add a token to credentials.json");
  }
  const command = new PutSecretValueCommand({ SecretId: secretName, SecretString: JSON.stringify(secret) });
  try {
    await createSecretsManagerClient().send(command);
  } catch (error) {
    return awsTrouble("Secret", error, "secretsmanager:PutSecretValue", secretsIn(secret));
  }
  const held = heldBy(secret).join(", ");
  return good("Secret", `${secretName} now holds ${held}; the functions use it within six minutes`);
}

const { values } = beginCommand({
  name: "npm run credentials",
  does: "Checks credentials.json, and writes it into the stack's secret.",
  flags: { stack: { default: "BuildNotifier", describes: "the name of the stack" } },
});
for await (const finding of put(values.stack, process.cwd())) {
  console.log(render(finding));
  if (finding.mark === "✖") process.exitCode = 1;
}
