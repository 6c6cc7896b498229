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
import { type BuildNotifierProps, parseSettings, type Settings } from "./settings.ts";

/**
 * The whole notifier, to put into any stack:
 *
 *     new BuildNotifier(this, "BuildNotifier", { huaweiRegion: "ap-southeast-3", defaultChannel: "C0123456789" });
 *
 * The credentials are put into {@link secret} afterwards. Keep its id and its place: the builds and the credentials
 * belong to them.
 */
export class BuildNotifier extends Construct {
  /** One item a build. */
  readonly table: BuildsTable;
  /** The credentials of all sides; empty until the owner puts them. */
  readonly secret: CredentialsSecret;
  /** The HTTP API with which builds are registered; its `url` says where. */
  readonly api: BuildsApi;
  /** The function that polls and tells. */
  readonly function: NotifierFunction;
  /** The events of ticks that could not begin or that failed, and notifications of alarms that did not arrive. */
  readonly deadLetters: Queue;
  /** Where the alarms go. Subscribe whatever your team reads; the prop `alarmEmail` subscribes an address. */
  readonly alarmTopic: AlarmTopic;
  /** By name; each has its section in `docs/runbook.md`. */
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  /** @throws {Error} one that names every fault of the props */
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

    this.alarmTopic = new AlarmTopic(this, "AlarmTopic", { email: settings.alarmEmail, deadLetters });
    this.alarms = createAlarms(this, { settings, poller, api: this.api, topic: this.alarmTopic });
    new NotifierDashboard(this, "Dashboard", { ...parts, poller, api: this.api, alarms: this.alarms });

    Validations.of(this).acknowledge({
      id: "Serverless-LambdaTracing",
      reason:
        "X-Ray would need permissions on every resource, and without a tracer in the bundles, which would double them, " +
        "it shows nothing that the log and the metrics of each tick don't",
    });
  }
}

/** What is kept when the stack is deleted still goes when the stack's first deployment fails: nothing is in it yet. */
const removalPolicyOf = ({ removalPolicy }: Settings): RemovalPolicy =>
  removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy;
