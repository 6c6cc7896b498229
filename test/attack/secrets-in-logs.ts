import * as fc from "fast-check";
import { tailOf } from "../../lambda/domain/closing.ts";
import type { Target } from "./target.ts";
import { hostileText } from "./texts.ts";

/** Secrets in a log, in the forms in which tools write them. The end of the log in a message must not contain them. */

/** `$` is the place of the secret. */
const forms = [
  "password=$",
  "PASSWORD: $",
  'password = "$"',
  "DB_PASSWORD_PROD=$",
  '{"password":"$"}',
  '{\\"password\\":\\"$\\"}',
  "--password $",
  "--token=$",
  "mysql -u root -p$ shop",
  "docker login -u ci -p $ registry.example.com",
  "echo $ | docker login -u ci --password-stdin",
  "curl -u ci:$ https://registry.example.com",
  "https://ci:$@registry.example.com/v2/",
  "postgres://shop:$@db.example.com:5432/shop",
  "Authorization: Bearer $",
  "Authorization: Basic $",
  "authorization: token $",
  "X-Auth-Token: $",
  "Cookie: session=$",
  "Set-Cookie: session=$; Path=/",
  "<password>$</password>",
  '<property name="password" value="$"/>',
  'password="$" user="ci"',
  "db.example.com:5432:shop:shop:$",
  "//registry.npmjs.org/:_authToken=$",
  "export GITHUB_TOKEN=$",
  "set SECRET_KEY=$",
  "ENV API_KEY $",
  "secretKey: $",
  "client_secret: '$'",
  "https://hooks.example.com/x?access_token=$&y=1",
  "密码：$",
  "password:\n  $",
  "password: |\n  $\n",
];
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789".split("");
const secret = fc
  .array(fc.constantFrom(...letters), { minLength: 20, maxLength: 40 })
  .map((chars) => `Q7${chars.join("")}x9`);
/** Secrets that are recognized by their own form, at any place. */
const ownForm = fc.tuple(
  fc.constantFrom("ghp_$", "xoxb-123456789012-$", "xapp-1-A1-$", "glpat-$", "sk_live_$", "hvs.$", "AIzaSy$"),
  fc.array(fc.constantFrom(...letters), { minLength: 36, maxLength: 36 }).map((chars) => chars.join("")),
);

const around = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("npm error code 1", "", "    at run (a.js:1:2)", "Step 4/9 : RUN x"),
  },
  { weight: 1, arbitrary: hostileText.map((text) => text.replaceAll("\n", " ")) },
);

interface Case {
  before: string[];
  indent: string;
  form: string;
  secret: string;
  after: string[];
}

export type Tail = (log: string) => string[];

export function createSecretsInLogs(tail: Tail = tailOf): Target<Case> {
  return {
    name: "secrets in logs",
    cases: 6_000,
    arbitrary: fc
      .record({
        before: fc.array(around, { maxLength: 4 }),
        indent: fc.constantFrom("", " ", "\t", "+ ", "2026-01-05T10:00:00Z ", "[INFO] ", "> ", "\u001B[31m"),
        planted: fc.oneof(fc.tuple(fc.constantFrom(...forms), secret), ownForm),
        after: fc.array(around, { maxLength: 4 }),
      })
      .map(({ planted: [form, secret], ...rest }) => ({ ...rest, form, secret })),
    async check({ before, indent, form, secret, after }) {
      const lines = [
        ...before,
        `${indent}${form.replaceAll("$", secret)}`.replaceAll("\n", `\n${indent}`),
        ...after,
      ];
      const shown = tail(lines.join("\n"));
      const text = shown.join("\n");
      if (text.includes(secret.slice(4, -4))) return `the secret is shown: ${text}`;
      if (!text.isWellFormed()) return `half a character is shown: ${JSON.stringify(text)}`;
      if (shown.length > 12 || shown.some((line) => line.length > 160)) return "more is shown than fits";
      return undefined;
    },
  };
}
