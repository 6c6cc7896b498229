import { afterEach, describe, expect, test } from "@jest/globals";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { checkDeployment } from "../../doctor/deployment.ts";
import { render } from "../../doctor/finding.ts";
import { subscribe, type Subscription } from "../../lambda/domain/subscription.ts";
import { newItem } from "../../lambda/store/item.ts";
import { canary, localKey } from "../../local/canary.ts";
import { succeeds } from "../../local/servicestage/scenarios.ts";
import { awsEnvironment, channel, secret, startDeployment, type Deployment } from "./deployment.ts";

/** What the doctor says of subscriptions: a real table, and ServiceStage and Slack over real HTTP. */

const minute = 60_000;
const hour = 60 * minute;
const { job_id: jobId, job_name: jobName } = succeeds.details;

let deployment: Deployment | undefined;
afterEach(() => deployment?.close());

/** What is said of subscriptions. */
async function examine(arrange: (deployment: Deployment) => Promise<void> | void): Promise<string[]> {
  deployment = await startDeployment();
  deployment.serviceStage.startBuild(succeeds);
  await arrange(deployment);
  Object.assign(process.env, awsEnvironment(deployment));
  const lines: string[] = [];
  for await (const finding of checkDeployment("BuildNotifier")) lines.push(render(finding));
  expect(lines.join("\n")).not.toContain(canary);
  const first = lines.findIndex((line) => line.includes(" Subscriptions: "));
  return lines.slice(
    first,
    lines.findIndex((line) => line.includes(" Schedule: ")),
  );
}

/** A subscription that was read a minute ago. */
function subscribed(changed: Partial<Subscription> = {}, to = channel): Subscription {
  const settings = { channel: to, mention: [], thread: true };
  const now = Date.now();
  const begun = subscribe(changed.jobId ?? jobId, jobName, `s-${to}`, settings, now - 9 * 24 * hour);
  return { ...begun, listedAt: now - minute, pages: 1, ...changed };
}

const store = async ({ store }: Deployment, ...subscriptions: Subscription[]): Promise<void> => {
  for (const subscription of subscriptions) await store.register(subscription, undefined);
};

const ago = (millis: number): number => Date.now() - millis;
const fine = "✔ Subscriptions: 1 to 1 job in 1 channel; checked: 1 job and 1 channel";
const job = `Job ${jobName} (${jobId})`;

test.each<[string, (deployment: Deployment) => Promise<void>, string[]]>([
  ["nobody subscribed", async () => undefined, ["✔ Subscriptions: there are none"]],
  ["all is well", (all) => store(all, subscribed()), [fine]],
  [
    "a subscription that has ended is not among them",
    (all) => store(all, subscribed({ status: "ended" })),
    ["✔ Subscriptions: there are none"],
  ],
  [
    "ServiceStage does not know the job of two subscriptions",
    (all) => store(all, subscribed({ jobId: "j1" }), subscribed({ jobId: "j1" }, "C0123456780")),
    [
      "✔ Subscriptions: 2 to 1 job in 2 channels; checked: 1 job and 2 channels",
      expect.stringMatching(
        /^✖ Job webshop-checkout \(j1\): ServiceStage can't find the job \(404, .*\) → if the job is gone, end its subscription: DELETE \/jobs\/j1\/subscriptions\/C012345678\d, \/jobs\/j1\/subscriptions\/C012345678\d; otherwise check the region and the project$/,
      ) as never,
      expect.stringContaining("✖ Channel C0123456780: Slack answers channel_not_found") as never,
    ],
  ],
  [
    "the credentials lack the permission for the job",
    async (all) => {
      all.serviceStage.fault = { kind: "forbidden", path: "/jobs/" };
      await store(all, subscribed());
    },
    [
      fine,
      `✖ ${job}: the credentials lack a permission (403, SVCSTG.CPE.4030001, Insufficient permissions) → give the user ServiceStage ReadOnlyAccess in ap-southeast-3`,
    ],
  ],
  [
    "the list of builds was read two hours ago",
    (all) => store(all, subscribed({ listedAt: ago(2 * hour) })),
    [
      fine,
      `⚠ ${job}: its list of builds was read 2 hours ago for ${channel}: it should be read once an hour → see "Jobs unreadable" in docs/runbook.md`,
    ],
  ],
  [
    "a short list was read a little less than two hours ago",
    (all) => store(all, subscribed({ listedAt: ago(2 * hour - minute), pages: 5 })),
    [fine],
  ],
  [
    "a long list was read 26 hours ago",
    (all) => store(all, subscribed({ listedAt: ago(26 * hour), pages: 6 })),
    [
      fine,
      `⚠ ${job}: its list of builds was read 26 hours ago for ${channel}: it should be read once a day → see "Jobs unreadable" in docs/runbook.md`,
    ],
  ],
  [
    "a long list was read a little less than 26 hours ago",
    (all) => store(all, subscribed({ listedAt: ago(26 * hour - minute), pages: 6 })),
    [fine],
  ],
  [
    "the list was never read",
    async (all) => {
      const { listedAt: _never, ...never } = subscribed({ at: ago(3 * hour) });
      await store(all, never);
    },
    [
      fine,
      `⚠ ${job}: its builds were never read for ${channel}, although it was subscribed 3 hours ago → see "Jobs unreadable" in docs/runbook.md`,
    ],
  ],
  [
    "new builds are not decided yet",
    (all) =>
      store(
        all,
        subscribed({
          undecided: [
            { buildId: "b1", since: ago(5 * minute) },
            { buildId: "b2", since: ago(minute) },
          ],
        }),
      ),
    [
      fine,
      `✔ ${job}: 2 new builds for ${channel} could not be decided for 5 minutes, because the details can't be read; this takes 15 minutes at most`,
    ],
  ],
  [
    "a new build should have been decided",
    (all) => store(all, subscribed({ undecided: [{ buildId: "b1", since: ago(30 * minute) }] })),
    [
      fine,
      `⚠ ${job}: 1 new build for ${channel} could not be decided for 30 minutes, because the details can't be read → see "Jobs unreadable" in docs/runbook.md`,
    ],
  ],
  [
    "an item can't be understood",
    async (all) => {
      await store(all, subscribed());
      const odd = { ...newItem(subscribed({ jobId: "j2" })), format: 2 };
      await all.client.send(new PutCommand({ TableName: "builds", Item: odd }));
    },
    [
      fine,
      `✖ Table: The stored item job/j2 of ${channel} can't be read: its format is 2, not 1. The notifier does not change the item. A newer version may have written the item, or a person edited it. → see "Items not understood" in docs/runbook.md`,
    ],
  ],
  [
    "the operator may not read the table",
    async (all) => {
      all.account.refusals["Query"] = "AccessDeniedException";
      all.dynamoDb = all.aws;
    },
    [
      "✖ Subscriptions: AWS does not allow the call (AccessDeniedException) → you need the permission dynamodb:Query on the table and its index",
    ],
  ],
  [
    "ServiceStage refuses the key, which must not be tried again",
    async (all) => {
      const huaweiSecretKey = `${localKey.secretKey}-other`;
      all.account.secret = JSON.stringify({ ...secret, huaweiSecretKey });
      await store(all, subscribed());
    },
    [
      "– Subscriptions: 1 to 1 job in 1 channel; checked: 0 jobs and 1 channel → repair the lines ServiceStage and Slack, and try again",
    ],
  ],
  [
    "Slack refuses the token",
    async (all) => {
      all.account.secret = JSON.stringify({ ...secret, slackBotToken: `xoxb-${canary}-old` });
      await store(all, subscribed());
    },
    [
      "– Subscriptions: 1 to 1 job in 1 channel; checked: 1 job and 0 channels → repair the lines ServiceStage and Slack, and try again",
    ],
  ],
])("%s", async (_sentence, arrange, said) => {
  expect(await examine(arrange)).toEqual(said);
});

describe("with more subscriptions than it checks", () => {
  const many = Array.from({ length: 50 }, (_, number) =>
    subscribed({ jobId: `j${number}` }, `C01234567${10 + number}`),
  );

  test("it asks for 40 jobs and 40 channels, says so, and leaves out what is beyond 20 lines", async () => {
    const lines = await examine((all) => store(all, ...many));
    expect(lines[0]).toBe("✔ Subscriptions: 50 to 50 jobs in 50 channels; checked: 40 jobs and 40 channels");
    expect(lines.slice(1, -1)).toHaveLength(20);
    expect(lines.at(-1)).toBe(
      "⚠ Subscriptions: 60 more lines are left out → solve the problems above, and try again",
    );
    const { serviceStage, slack } = deployment!;
    expect(serviceStage.requests.filter((request) => request.includes("/jobs/"))).toHaveLength(40);
    // One of them is for the default channel.
    expect(slack.calls.filter(({ method }) => method === "conversations.history")).toHaveLength(41);
  });
});
