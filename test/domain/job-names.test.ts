import { expect, test } from "@jest/globals";
import { namedExactly, nearestJobs } from "../../lambda/domain/job-names.ts";

const jobsOf = (names: readonly string[]) => names.map((jobName) => ({ jobId: `id of ${jobName}`, jobName }));
const namesOf = (jobs: { jobName: string }[]) => jobs.map(({ jobName }) => jobName);

const names = ["webshop-checkout", "webshop-search", "payment-gateway", "payment", "api"];

test.each<[string, string, string[]]>([
  ["a letter that is missing", "webshop-chekout", ["webshop-checkout"]],
  ["a letter too many", "webshop-searchh", ["webshop-search"]],
  ["two letters in the wrong order", "webshop-serach", ["webshop-search"]],
  ["large letters for small ones", "Webshop-Search", ["webshop-search"]],
  ["a part of several names: the shortest name first", "webshop", ["webshop-search", "webshop-checkout"]],
  ["a part of one name", "gateway", ["payment-gateway"]],
  ["the name itself comes before those that contain it", "payment", ["payment", "payment-gateway"]],
  ["more than a name: the name that it contains", "payment-eu-central", ["payment"]],
  ["another word", "colour", []],
  ["one letter, which is in almost every name", "p", []],
  ["nothing", " ", []],
  ["more than anybody types", "x".repeat(100_000), []],
])("the nearest to %s", (_, typed, expected) => {
  expect(namesOf(nearestJobs(jobsOf(names), typed))).toEqual(expected);
});

test("of many jobs five are near", () => {
  const many = Array.from({ length: 30 }, (_, index) => `shop-${index}`);
  expect(nearestJobs(jobsOf(many), "shop")).toHaveLength(5);
});

test("names are equal only letter by letter", () => {
  const jobs = jobsOf(["shop", "Shop", "shop-search"]);
  expect(namesOf(namedExactly(jobs, "shop"))).toEqual(["shop"]);
});
