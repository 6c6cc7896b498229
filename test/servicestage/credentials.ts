import { canary } from "../../local/canary.ts";

export const accessKey = {
  kind: "accessKey",
  accessKey: "AKTESTAKTESTAKTEST01",
  secretKey: `${canary}-0123456789abcdefghijklmn`,
} as const;

export const otherAccessKey = {
  kind: "accessKey",
  accessKey: "AKTESTAKTESTAKTEST02",
  secretKey: `${canary}-other-0123456789abcdefghijklmn`,
} as const;

export const password = {
  kind: "password",
  user: "reader",
  password: `${canary}-password`,
  domain: "example",
} as const;
