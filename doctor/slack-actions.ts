import { huaweiCredentialsOf, type Secret } from "../lambda/runtime/secret.ts";
import type { SlackActions } from "../lambda/names.ts";
import { ServiceStageError, type ServiceStageActions } from "../lambda/tracking/ports.ts";
import { bad, good, unchecked, type Finding } from "./finding.ts";
import { nothing, openServiceStage, type ServiceStagePlace } from "./service-stage.ts";

const subject = "Slack's buttons";

interface Probe {
  does: string;
  call: (serviceStage: ServiceStageActions) => Promise<unknown>;
}

/** ServiceStage has no call that only tests a permission. A build or a job that does not exist can't be changed. */
const cancel: Probe = { does: "cancel builds", call: (serviceStage) => serviceStage.cancelBuild(nothing) };
const start: Probe = { does: "start builds", call: (serviceStage) => serviceStage.startBuild(nothing) };
const probes: Record<SlackActions, Probe[]> = {
  none: [],
  cancel: [cancel],
  "cancel, start": [cancel, start],
};

/**
 * Checks what the setting `slackActions` needs: more than read access. Undefined if the setting allows nothing.
 * @param works whether ServiceStage accepts the credentials: several refused signatures in a row lock a key
 */
export async function checkActions(
  place: ServiceStagePlace & { slackActions: SlackActions },
  secret: Secret | undefined,
  works: boolean,
): Promise<Finding | undefined> {
  const needed = probes[place.slackActions];
  if (needed.length === 0) return undefined;
  const credentials = secret && works ? huaweiCredentialsOf(secret) : undefined;
  if (!credentials)
    return unchecked(subject, "not checked: ServiceStage does not work yet", "repair the line ServiceStage");
  const serviceStage = openServiceStage(place, credentials);
  const answers: { does: string; answer: Answer }[] = [];
  for (const { does, call } of needed) answers.push({ does, answer: await answerTo(call(serviceStage)) });
  const missing = answers.filter(({ answer }) => answer.kind === "forbidden");
  const untold = answers.find(({ answer }) => answer.kind === "untold");
  if (missing.length > 0) {
    return bad(
      subject,
      `the user has no permission to ${listed(missing)}, which slackActions allows people in Slack`,
      `give the user ServiceStage Development in ${place.huaweiRegion}, or set slackActions to "none"`,
    );
  }
  if (untold) {
    return unchecked(
      subject,
      `the permission to ${untold.does} can't be tested: ServiceStage answers ${untold.answer.says}`,
      "press the button once: its answer says so if the permission is missing",
    );
  }
  return good(subject, `ServiceStage raises no objection when the user tries to ${listed(answers)}`);
}

/** `fine`: only the build or the job is unknown · `untold`: the answer says nothing about the permission. */
interface Answer {
  kind: "fine" | "forbidden" | "untold";
  says: string;
}

async function answerTo(call: Promise<unknown>): Promise<Answer> {
  try {
    await call;
    return { kind: "untold", says: "as if the build of the test existed" };
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    const { reason, status, code } = error;
    const says = [status, code].filter(Boolean).join(", ") || "nothing";
    if (reason === "unknownBuild" || reason === "unknownJob") return { kind: "fine", says };
    return { kind: reason === "forbidden" ? "forbidden" : "untold", says };
  }
}

const listed = (of: readonly { does: string }[]): string => of.map(({ does }) => does).join(" and to ");
