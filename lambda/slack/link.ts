import type { Build } from "../domain/build.ts";
import type { Wording } from "./wording/wording.ts";

export interface LinkSettings {
  region: string;
  /** A build's page with `{region}`, `{jobId}`, `{jobName}` and `{buildId}` in it. */
  consoleUrlTemplate?: string | undefined;
}

const maxUrlChars = 500;

/** A link to the build's page, if the template can be filled in. Otherwise a link to the console's home page. */
export function renderLink(
  build: Build,
  { region, consoleUrlTemplate }: LinkSettings,
  words: Wording,
): string {
  const values = { region, buildId: build.buildId, ...build.details };
  const url = consoleUrlTemplate && fill(consoleUrlTemplate, values);
  if (url) return linkTo(url, words.buildLink);
  // Huawei Cloud documents no address for a single build, so the link leads to the home page.
  const home = `https://${consoleOf(region)}/servicestage/?region=${encodeURIComponent(region)}`;
  return linkTo(home, words.consoleLink);
}

/** Europe and mainland China have their own consoles. Accounts of one console can't sign in at another. */
function consoleOf(region: string): string {
  if (region.startsWith("eu-")) return "console.eu.huaweicloud.com";
  return region.startsWith("cn-") ? "console.huaweicloud.com" : "console-intl.huaweicloud.com";
}

function fill(template: string, values: Record<string, unknown>): string | undefined {
  let known = true;
  const url = template.replaceAll(/\{(region|jobId|jobName|buildId)\}/g, (_, name: string) => {
    const value = values[name];
    known &&= typeof value === "string";
    return encodeURIComponent(String(value).toWellFormed());
  });
  return known && url.length <= maxUrlChars ? url : undefined;
}

/** @param label escaped, and without markup */
export const linkTo = (url: string, label: string): string =>
  `<${url.replaceAll("&", "&amp;").replaceAll("<", "%3C").replaceAll(">", "%3E").replaceAll("|", "%7C")}|${label}>`;
