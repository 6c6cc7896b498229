import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import * as fc from "fast-check";
import {
  createAuthorizer,
  type AuthorizerHandler,
  type AuthorizerParts,
} from "../../lambda/builds-api/authorize.ts";
import { canary } from "../../local/canary.ts";
import { createContext } from "../../local/context.ts";
import { createTestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import type { Target } from "./target.ts";
import { hostileText } from "./texts.ts";

/** Authorization headers of all kinds. Only a caller with a token of the secret may call. */

const first = `${canary}-first-token/+=`;
const second = `${canary}.second_token~`;
/** The secret contains this token only when it is read again. */
const third = `${canary}-third-token==`;
const revoked = `${canary}-revoked-token`;
const known = [first, second, revoked];
const renewed = [first, second, third];

const nearly = fc
  .constantFrom(first, second, third)
  .chain((token) =>
    fc
      .tuple(
        fc.nat(token.length),
        fc.nat(3),
        fc.oneof(fc.constantFrom("", " ", "=", "A", "\u0000", "\uFEFF", ",", "\t"), hostileText),
      )
      .map(([from, removed, put]) => token.slice(0, from) + put + token.slice(from + removed)),
  );
const token = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(first, second, third) },
  { weight: 3, arbitrary: nearly },
  {
    weight: 2,
    arbitrary: fc.constantFrom(first.toUpperCase(), `${first}, ${first}`, `${first} ${second}`, ""),
  },
  { weight: 1, arbitrary: hostileText },
);

interface Case {
  /** Undefined means that there is no header. */
  header: { scheme: string; gap: string; token: string; end: string } | undefined;
  /** Whether the secret holds other tokens when it is read again. */
  isRenewed: boolean;
}

export type Create = (parts: AuthorizerParts) => AuthorizerHandler;

export function createAuthorizations(create: Create = createAuthorizer): Target<Case> {
  return {
    name: "authorizations",
    cases: 5_000,
    arbitrary: fc.record({
      header: fc.option(
        fc.record({
          scheme: fc.oneof(
            { weight: 6, arbitrary: fc.constantFrom("Bearer", "bearer", "BEARER") },
            { weight: 1, arbitrary: fc.constantFrom("Basic", "Bear", "BearerX", "", "Bearer:", "Token") },
          ),
          gap: fc.constantFrom(" ", " ", " ", "  ", "", "\t", "\u00A0", "\n"),
          token,
          end: fc.constantFrom("", "", "", " ", "  ", "\t", "\n", ",", "\r\nX: 1"),
        }),
        { nil: undefined, freq: 30 },
      ),
      isRenewed: fc.boolean(),
    }),
    async check({ header, isRenewed }) {
      const log = createQuietLog();
      const authorize = create({
        apiTokens: isRenewed ? heldCredentials(known, renewed) : heldCredentials(known),
        clock: createTestClock(),
        log,
      });
      const value = header && header.scheme + header.gap + header.token + header.end;
      const headers = value === undefined ? {} : { authorization: value };
      const event = { version: "2.0", type: "REQUEST", headers } as APIGatewayRequestAuthorizerEventV2;
      const { isAuthorized } = await authorize(event, createContext("authorizer"));
      if (JSON.stringify(log.lines).includes(canary)) return "a token is logged";
      const rest = header ? header.gap + header.token + header.end : "";
      const isRight =
        header?.scheme.toLowerCase() === "bearer" &&
        rest.startsWith(" ") &&
        (isRenewed ? [...known, ...renewed] : known).includes(rest.replaceAll(/^ +| +$/g, ""));
      return isAuthorized === isRight ? undefined : `authorized: ${isAuthorized}, though it is ${isRight}`;
    },
  };
}
