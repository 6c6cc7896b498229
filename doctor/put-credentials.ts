import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { beginCommand } from "../command/command.ts";
import { createSecretsManagerClient } from "../lambda/aws.ts";
import { awsTrouble, readOutputs } from "./aws.ts";
import { good, render, type Finding } from "./finding.ts";
import { readCredentials, readCredentialsFile } from "./credentials-file.ts";
import { heldBy } from "./secret.ts";

/** `npm run credentials`: puts what stands in `credentials.json` into the stack's secret, once it is complete. */

async function put(stackName: string, folder: string): Promise<Finding> {
  const { finding, value } = readCredentials(folder);
  if (!value || finding.mark !== "✔") return finding;
  const stack = await readOutputs(stackName);
  if (!stack.value) return stack.finding;
  const { secretName } = stack.value;
  const command = new PutSecretValueCommand({
    SecretId: secretName,
    SecretString: readCredentialsFile(folder),
  });
  try {
    await createSecretsManagerClient().send(command);
  } catch (error) {
    return awsTrouble("Secret", error, "secretsmanager:PutSecretValue");
  }
  return good(
    "Secret",
    `${secretName} holds ${heldBy(value).join(", ")} now; it is used within five minutes`,
  );
}

const { values } = beginCommand({
  name: "npm run credentials",
  does: "Checks credentials.json, and puts it into the stack's secret.",
  flags: { stack: { default: "BuildNotifier", describes: "the name of the stack" } },
});
const finding = await put(values.stack, process.cwd());
console.log(render(finding));
if (finding.mark !== "✔") process.exitCode = 1;
