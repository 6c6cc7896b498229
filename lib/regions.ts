import { didYouMean } from "../command/nearest.ts";
import { huaweiRegions } from "../lambda/names.ts";

/** A doubt about a region that no list holds: new ones come, so it is no fault. Undefined where there is no doubt. */
export function doubtRegion(region: string): string | undefined {
  if (huaweiRegions.some((known) => known === region)) return undefined;
  return `the region ${region} is not among those known here${didYouMean(region, huaweiRegions)}`;
}
