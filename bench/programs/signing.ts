import { sign } from "../../lambda/huawei-cloud/signer.ts";
import { localKey } from "../../local/canary.ts";
import { buildIdOf, phasesPath } from "../builds.ts";
import { measure } from "./measured.ts";

/** Makes only the signatures of polls. */

const { requests } = JSON.parse(process.argv[2]!) as { requests: number };

async function signAll(): Promise<number> {
  for (let number = 0; number < requests; number++) {
    const url = new URL(`https://servicestage.cn-north-4.myhuaweicloud.com${phasesPath(buildIdOf(number))}`);
    sign(
      { method: "GET", url, headers: { "Content-Type": "application/json", Host: url.host } },
      localKey,
      Date.now(),
    );
  }
  return requests;
}

await signAll();
console.log(JSON.stringify(await measure(signAll)));
