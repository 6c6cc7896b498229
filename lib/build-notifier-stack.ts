import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { outputs } from "../lambda/names.ts";
import { BuildsApi } from "./builds-api.ts";
import { BuildsTable } from "./builds-table.ts";
import { CredentialsSecret } from "./credentials-secret.ts";
import { Poller } from "./poller.ts";
import type { Settings } from "./settings.ts";

export class BuildNotifierStack extends Stack {
  readonly poller: Poller;
  readonly api: BuildsApi;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: "Tells a Slack channel how Huawei Cloud ServiceStage builds go" });

    const table = new BuildsTable(this, "Builds", settings.removalPolicy);
    const secret = new CredentialsSecret(this, "Credentials", settings.removalPolicy);
    this.poller = new Poller(this, "Poller", { settings, table, secret });
    this.api = new BuildsApi(this, "Api", { settings, table, secret });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output(outputs.apiUrl, this.api.url, "Where builds are registered");
    output(outputs.tableName, table.tableName, "The builds table");
    output(outputs.secretName, secret.secretName, "The secret; npm run credentials fills it");
    output(outputs.pollFunctionName, this.poller.function.functionName, "The function that ticks");
  }
}
