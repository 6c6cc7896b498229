import { createServer as createHttpServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { exchange } from "../../lambda/huawei-cloud/exchange.ts";
import { listen, type Listening } from "../../local/listen.ts";

/** What the server does with each request, in order. */
type Deed = "answers" | "breaks the connection off" | "begins an answer and breaks off";

const methods = ["GET", "POST"] as const;

let listening: Listening;
let deeds: Deed[];
/** The method of each request, and the client's port. */
let came: { method: string | undefined; port: number | undefined }[];

beforeEach(async () => {
  deeds = [];
  came = [];
  const server = createHttpServer((request, response) => {
    came.push({ method: request.method, port: request.socket.remotePort });
    request.resume().on("end", () => {
      const deed = deeds.shift() ?? "answers";
      if (deed === "answers") response.end("done");
      else if (deed === "breaks the connection off") request.socket.resetAndDestroy();
      else response.writeHead(200, { "Content-Length": 9 }).write("do", () => request.socket.destroy());
    });
  });
  listening = await listen(server, 0);
});
afterEach(() => listening.close());

const call = (method: (typeof methods)[number]) =>
  exchange({ method, url: new URL(listening.url), headers: {} }, "build b1", 5_000);
const methodsThatCame = () => came.map(({ method }) => method);

describe("when the server breaks the connection before it answers", () => {
  test("a GET is sent once more, on a new connection", async () => {
    deeds = ["breaks the connection off"];
    expect(await call("GET")).toMatchObject({ status: 200, text: "done" });
    expect(methodsThatCame()).toEqual(["GET", "GET"]);
    expect(came[0]?.port).not.toBe(came[1]?.port);
  });

  test("a GET is sent twice at most", async () => {
    deeds = ["breaks the connection off", "breaks the connection off"];
    await expect(call("GET")).rejects.toMatchObject({ reason: "unavailable" });
    expect(methodsThatCame()).toEqual(["GET", "GET"]);
  });

  test("a POST is sent once, because the server may have carried it out", async () => {
    deeds = ["breaks the connection off"];
    await expect(call("POST")).rejects.toMatchObject({ reason: "unavailable" });
    expect(methodsThatCame()).toEqual(["POST"]);
  });
});

test("a POST uses no connection of an earlier call, which the server may have closed", async () => {
  await call("GET");
  await call("POST");
  expect(came[0]?.port).not.toBe(came[1]?.port);
});

test.each(methods)("a %s whose answer has begun is not sent again", async (method) => {
  deeds = ["begins an answer and breaks off"];
  await expect(call(method)).rejects.toMatchObject({ reason: "unavailable" });
  expect(methodsThatCame()).toEqual([method]);
});
