import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { clientOptions, createSecretsManagerClient } from "../lambda/runtime/aws-clients.ts";
import { hide } from "../lambda/domain/hide.ts";
import { readPollEnvironment } from "../lambda/runtime/environment.ts";
import { outputs } from "../lambda/names.ts";
import { bad, good, type Finding, type Found } from "./finding.ts";
import { examineSecret } from "./secret.ts";

/** Reads a deployment: the stack's outputs, the function's settings and the secret. */

export type Outputs = Record<keyof typeof outputs, string>;

export async function readOutputs(stackName: string): Promise<Found<Outputs>> {
  const subject = "Stack";
  try {
    const client = new CloudFormationClient(clientOptions);
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const values = new Map(stack?.Outputs?.map((output) => [output.OutputKey, output.OutputValue]));
    const missing = Object.values(outputs).filter((key) => !values.get(key));
    if (missing.length > 0) {
      const seen = `${stackName} (${stack?.StackStatus}) has no output ${missing.join(", ")}`;
      return { finding: bad(subject, seen, "npm run deploy") };
    }
    const entries = Object.entries(outputs).map(([name, key]) => [name, values.get(key)]);
    return {
      finding: good(subject, `${stackName} is deployed (${stack?.StackStatus})`),
      value: Object.fromEntries(entries) as Outputs,
    };
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ValidationError" && message.includes("does not exist")) {
      const remedy =
        "npm run deploy; or, if the stack is elsewhere, name it with --stack, or set AWS_REGION and AWS_PROFILE";
      return { finding: bad(subject, `there is no stack ${stackName} in this account and region`, remedy) };
    }
    return { finding: awsTrouble(subject, error, "cloudformation:DescribeStacks") };
  }
}

export type Environment = ReturnType<typeof readPollEnvironment>;

/** Reads the deployed settings from the environment of the poll function. */
export async function readEnvironment(functionName: string): Promise<Found<Environment>> {
  const subject = "Settings";
  let variables: Record<string, string> | undefined;
  try {
    const client = new LambdaClient(clientOptions);
    const command = new GetFunctionConfigurationCommand({ FunctionName: functionName });
    variables = (await client.send(command)).Environment?.Variables;
  } catch (error) {
    return { finding: awsTrouble(subject, error, "lambda:GetFunctionConfiguration") };
  }
  try {
    const value = readPollEnvironment(variables ?? {});
    return { value, finding: good(subject, `deployed for the region ${value.huaweiRegion}`) };
  } catch (error) {
    return { finding: bad(subject, (error as Error).message, "npm run deploy") };
  }
}

export async function readSecret(secretId: string, options?: { needsApiTokens: boolean }) {
  try {
    const command = new GetSecretValueCommand({ SecretId: secretId });
    const { SecretString } = await createSecretsManagerClient().send(command);
    return examineSecret(SecretString, "npm run credentials", options);
  } catch (error) {
    return { finding: awsTrouble("Secret", error, "secretsmanager:GetSecretValue") };
  }
}

/** Finds a problem that affects every AWS call: no region, no credentials or no connection. */
export async function findAwsTrouble(): Promise<Finding | undefined> {
  try {
    await new CloudFormationClient(clientOptions).send(
      new DescribeStacksCommand({ StackName: "CDKToolkit" }),
    );
    return undefined;
  } catch (error) {
    // These errors show that the credentials work. Whether the stack exists does not matter here.
    if (/ValidationError|AccessDenied/.test((error as Error).name)) return undefined;
    return awsTrouble("AWS", error, "cloudformation:DescribeStacks");
  }
}

/**
 * @param permission the permission that the call needs
 * @param secrets the secrets in the request, which AWS may quote
 */
export function awsTrouble(
  subject: string,
  error: unknown,
  permission: string,
  secrets: readonly string[] = [],
) {
  const { name = "", message = "", code } = error as { name?: string; message?: string; code?: string };
  if (name === "CredentialsProviderError") {
    return bad(
      subject,
      "there are no AWS credentials",
      "sign in to AWS, or set AWS_PROFILE to a profile with credentials",
    );
  }
  if (/region is missing/i.test(message)) {
    return bad(subject, "no AWS region is set", "set AWS_REGION to the region of the deployment");
  }
  if (/Expired|InvalidClientToken|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/.test(name)) {
    return bad(
      subject,
      `AWS refuses your credentials (${name})`,
      "sign in to AWS again, and check your clock",
    );
  }
  if (/AccessDenied|NotAuthorized/.test(name)) {
    return bad(subject, `AWS does not allow the call (${name})`, `you need the permission ${permission}`);
  }
  if (name === "ResourceNotFoundException") {
    return bad(subject, "it does not exist, although the stack does", "npm run deploy");
  }
  if (code || name === "TimeoutError") {
    return bad(subject, `AWS can't be reached (${code ?? name})`, "check the network and AWS_REGION");
  }
  const { AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN = "" } = process.env;
  const said = hide(message, [...secrets, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN]).slice(0, 200);
  return bad(subject, `AWS answers ${name}: ${said}`, "solve this problem, and try again");
}
