import { didYouMean } from "../command/nearest.ts";
import { huaweiRegions } from "../lambda/names.ts";

export const remedyOfRegion = "check huaweiRegion in cdk.json";

/** A warning about a region that is not in the list. It is not an error, because Huawei Cloud may add regions. */
export function doubtRegion(region: string): string | undefined {
  if (huaweiRegions.some((known) => known === region)) return undefined;
  return `the region ${region} is not in the list of known regions${didYouMean(region, huaweiRegions)}`;
}
