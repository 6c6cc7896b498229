import { Annotations, RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { AlarmTopic } from "./alarm-topic.ts";
import { type AlarmName, createAlarms } from "./alarms.ts";
import { BuildsApi } from "./builds-api.ts";
import { BuildsTable } from "./builds-table.ts";
import { CredentialsSecret } from "./credentials-secret.ts";
import { NotifierDashboard } from "./dashboard.ts";
import type { NotifierFunction } from "./notifier-function.ts";
import { Poller } from "./poller.ts";
import { doubtRegion } from "./regions.ts";
import { SlackRequests } from "./slack-requests.ts";
import { type BuildNotifierProps, parseSettings, type Settings } from "./settings.ts";

/**
 * The whole notifier, to put into any stack:
 *
 *     new BuildNotifier(this, "BuildNotifier", { huaweiRegion: "ap-southeast-3", defaultChannel: "C0123456789" });
 *
 * Write the credentials into {@link secret} after the deployment. Don't change the construct's id or scope: that would
 * replace the table and the secret.
 */
export class BuildNotifier extends Construct {
  /** The table with one item for each build or job in a channel. */
  readonly table: BuildsTable;
  /** All credentials. Empty until the owner writes them. */
  readonly secret: CredentialsSecret;
  /** The HTTP API that registers builds. Its address is `url`. */
  readonly api: BuildsApi;
  /** What Slack calls: commands. Its function answers only what Slack signed. */
  readonly slack: SlackRequests;
  /** The function that polls builds and sends messages. */
  readonly function: NotifierFunction;
  /** Holds events of ticks that failed or could not start, and notifications of alarms that could not be delivered. */
  readonly deadLetters: Queue;
  /** The topic of the alarms. Subscribe an address that your team reads, or set the prop `alarmEmail`. */
  readonly alarmTopic: AlarmTopic;
  /** The alarms by name. `docs/runbook.md` has a section for each. */
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  /** @throws {SettingsError} names every error in the props */
  constructor(scope: Construct, id: string, props: BuildNotifierProps) {
    super(scope, id);
    const settings = parseSettings(props, `of ${this.node.path}`);
    const removalPolicy = removalPolicyOf(settings);
    const doubt = doubtRegion(settings.huaweiRegion);
    if (doubt !== undefined) Annotations.of(this).addWarningV2("BuildNotifier:UnknownRegion", doubt);

    this.table = new BuildsTable(this, "Builds", removalPolicy);
    this.secret = new CredentialsSecret(this, "Credentials", removalPolicy);
    const parts = { settings, table: this.table, secret: this.secret };
    const poller = new Poller(this, "Poller", parts);
    const { deadLetters } = poller;
    this.function = poller.function;
    this.deadLetters = deadLetters;
    this.api = new BuildsApi(this, "Api", parts);
    this.slack = new SlackRequests(this, "Slack", { ...parts, api: this.api });

    this.alarmTopic = new AlarmTopic(this, "AlarmTopic", { email: settings.alarmEmail, deadLetters });
    const observed = { poller, api: this.api, slack: this.slack };
    this.alarms = createAlarms(this, { settings, ...observed, topic: this.alarmTopic });
    new NotifierDashboard(this, "Dashboard", { ...parts, ...observed, alarms: this.alarms });

    Validations.of(this).acknowledge({
      id: "Serverless-LambdaTracing",
      reason:
        "X-Ray needs permissions on every resource, and a tracer that would double the size of the bundles. " +
        "Without the tracer it shows no more than the log and the metrics of each tick",
    });
  }
}

/** Retained resources are deleted when the stack's first deployment fails: they are still empty. */
const removalPolicyOf = ({ removalPolicy }: Settings): RemovalPolicy =>
  removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy;
