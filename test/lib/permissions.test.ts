import { describe, expect, test } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { nameOf, type Part, propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const inIamMode = synthesize();
const inTokenMode = synthesize({ authorization: "token", shards: 2 });

const resourceName = (resource: Part | string): string => {
  if (typeof resource === "string") return resource;
  if (resource["Fn::Join"]) return resource["Fn::Join"][1].map(resourceName).join("");
  return nameOf(resource.Ref ?? resource["Fn::GetAtt"][0]);
};

const permissionsOf = ({ Action, Resource }: Part): string[] =>
  [Action]
    .flat()
    .flatMap((action) => [Resource].flat().map((resource) => `${action} on ${resourceName(resource)}`));

const statementsOf = ({ PolicyDocument }: Part): string[] =>
  [PolicyDocument.Statement].flat().flatMap(permissionsOf);

/** The permissions of each role, as "action on resource". */
const rolesOf = (template: Template): Map<string, string[]> =>
  new Map(
    resourcesOf(template, "AWS::IAM::Role").map(([id, { Properties }]) => [
      nameOf(id),
      [
        ...Properties.Policies.flatMap(statementsOf),
        ...propertiesOf(template, "AWS::IAM::Policy")
          .filter(({ Roles }) => Roles.some((role: Part) => role.Ref === id))
          .flatMap(statementsOf),
      ],
    ]),
  );

const logging = (name: string) => [`logs:CreateLogStream on ${name}Logs`, `logs:PutLogEvents on ${name}Logs`];

describe("permissions", () => {
  test.each<[name: string, permissions: string[]]>([
    [
      "PollerFunctionRole",
      [
        ...logging("PollerFunction"),
        "sqs:SendMessage on PollerDeadLetters",
        "dynamodb:DeleteItem on Builds",
        "dynamodb:GetItem on Builds",
        "dynamodb:PutItem on Builds",
        "dynamodb:UpdateItem on Builds",
        "dynamodb:Query on Builds/index/active",
        "secretsmanager:GetSecretValue on Credentials",
      ],
    ],
    [
      "ApiFunctionRole",
      [
        ...logging("ApiFunction"),
        "dynamodb:DeleteItem on Builds",
        "dynamodb:GetItem on Builds",
        "dynamodb:PutItem on Builds",
        "dynamodb:Query on Builds",
        "dynamodb:Scan on Builds",
        "dynamodb:UpdateItem on Builds",
        "dynamodb:Query on Builds/index/active",
        "secretsmanager:GetSecretValue on Credentials",
      ],
    ],
    [
      "SlackFunctionRole",
      [
        ...logging("SlackFunction"),
        "dynamodb:DeleteItem on Builds",
        "dynamodb:GetItem on Builds",
        "dynamodb:PutItem on Builds",
        "dynamodb:Query on Builds",
        "dynamodb:UpdateItem on Builds",
        "dynamodb:Query on Builds/index/active",
        "secretsmanager:GetSecretValue on Credentials",
        "lambda:InvokeFunction on SlackFunction",
      ],
    ],
    ["ApiAuthorizerRole", [...logging("ApiAuthorizer"), "secretsmanager:GetSecretValue on Credentials"]],
    [
      "PollerSchedulerRole",
      ["lambda:InvokeFunction on PollerFunction", "sqs:SendMessage on PollerDeadLetters"],
    ],
  ])("of %s are these and no others", (name, permissions) => {
    expect(rolesOf(inTokenMode).get(name)).toEqual(permissions);
  });

  describe.each([
    [
      "in IAM mode",
      inIamMode,
      ["PollerFunctionRole", "PollerSchedulerRole", "ApiFunctionRole", "SlackFunctionRole"],
    ],
    [
      "in token mode",
      inTokenMode,
      [
        "PollerFunctionRole",
        "PollerSchedulerRole",
        "ApiFunctionRole",
        "ApiAuthorizerRole",
        "SlackFunctionRole",
      ],
    ],
  ])("%s", (_, template, roles) => {
    test("are given only to these roles", () => {
      expect([...rolesOf(template).keys()].toSorted()).toEqual(roles.toSorted());
    });

    test("are for named actions on named resources", () => {
      const permissions = [...rolesOf(template).values()].flat();
      expect(permissions.filter((permission) => permission.includes("*"))).toEqual([]);
    });

    test("come only from the roles' own policies, not from AWS's managed ones. One policy names the function of its role, so it is apart", () => {
      const managed = propertiesOf(template, "AWS::IAM::Role").filter((role) => role.ManagedPolicyArns);
      expect(managed).toEqual([]);
      const apart = resourcesOf(template, "AWS::IAM::Policy").map(([id]) => nameOf(id));
      expect(apart).toEqual(["SlackInvokesItself"]);
    });
  });
});
