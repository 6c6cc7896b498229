import * as fc from "fast-check";

/** Everything that a server may do with a connection, in any protocol. */
export interface Behaviour {
  /** Whether it waits for a request. */
  begins: "at once" | "when asked";
  /** The pieces are written in order, unchanged. */
  pieces: string[];
  /** `endless`: the last piece is written again and again. */
  ends: "close" | "reset" | "hold" | "endless";
}

const crlf = "\r\n";
const head = (status: string, ...headers: string[]): string =>
  [`HTTP/1.1 ${status}`, ...headers, crlf].join(crlf);

const statuses = [
  "200 OK",
  "201 Created",
  "204 No Content",
  "304 Not Modified",
  "302 Found",
  "400 Bad Request",
  "401 Unauthorized",
  "407 Proxy Authentication Required",
  "429 Too Many Requests",
  "500 Internal Server Error",
  "503 Service Unavailable",
  "600 Beyond",
  "999 Far Beyond",
  "000 Nothing",
];

const headers = [
  "Content-Length: 0",
  "Content-Length: 2",
  "Content-Length: 1000",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip",
  "Connection: close",
  "Connection: keep-alive",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Content-Encoding: gzip",
  "Content-Type: application/json",
  "Location: http://127.0.0.1:1/elsewhere",
  "Retry-After: 2147483648",
  "Retry-After: soon",
  "X-Amz-Retry-After: 99999999",
  "Trailer: X-Late",
  `X-Subject-Token: ${"t".repeat(20_000)}`,
  `X-Long: ${"x".repeat(100_000)}`,
  "X-Broken\u0000: 1",
  "no header at all",
];

const bodies = [
  "{}",
  "[]",
  "null",
  '{"list": []}',
  '{"list": [{"id": 1, "name": "Init", "state": "Building"}]}',
  '{"ok": true, "channel": "C0123456789", "ts": "1700000000.000100"}',
  '{"ok": false, "error": "ratelimited"}',
  '{"ok": true, "messages": []}',
  '{"token": {"expires_at": "2100-01-01T00:00:00Z"}}',
  '{"SecretString": "{}"}',
  '{"Items": [], "LastEvaluatedKey": {"buildId": {"S": "b1"}}}',
  '{"__type": "ThrottlingException", "message": "slow down"}',
  '{"list": [',
  "2\r\n{}\r\n0\r\n\r\n",
  "2\r\n{}\r\n",
  "zz\r\n",
  "\u0000\u0001\u0002",
  "x".repeat(300_000),
];

const answer = fc
  .record({
    status: fc.constantFrom(...statuses),
    headers: fc.uniqueArray(fc.constantFrom(...headers), { maxLength: 4 }),
    body: fc.constantFrom(...bodies),
    isWhole: fc.boolean(),
  })
  .map(({ status, headers, body, isWhole }) =>
    isWhole
      ? head(status, `Content-Length: ${Buffer.byteLength(body)}`) + body
      : head(status, ...headers) + body,
  );

const piece = fc.oneof(
  { weight: 4, arbitrary: answer },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      head("100 Continue"),
      head("102 Processing"),
      head("103 Early Hints", "Link: </style.css>"),
      head("101 Switching Protocols", "Connection: Upgrade", "Upgrade: x"),
      head("101 Switching Protocols"),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...bodies, "HTTP/1.1 ", "HTTP/9.9 200 OK\r\n\r\n", crlf, "") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

export const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  begins: fc.oneof(
    { weight: 1, arbitrary: fc.constant("at once") },
    { weight: 8, arbitrary: fc.constant("when asked") },
  ),
  pieces: fc.array(piece, { maxLength: 3 }),
  ends: fc.constantFrom("close", "reset", "hold", "endless"),
});

/** Behaviours that once stopped a call for ever. */
export const known: Record<string, Behaviour> = {
  "an upgrade": {
    begins: "when asked",
    pieces: [head("101 Switching Protocols", "Connection: Upgrade", "Upgrade: x")],
    ends: "hold",
  },
  "an upgrade, and the end": {
    begins: "when asked",
    pieces: [head("101 Switching Protocols", "Connection: Upgrade", "Upgrade: x")],
    ends: "close",
  },
  "information without end": {
    begins: "when asked",
    pieces: [head("103 Early Hints", "Link: </style.css>")],
    ends: "endless",
  },
  "the end before an answer": { begins: "when asked", pieces: [], ends: "close" },
  "a reset before an answer": { begins: "when asked", pieces: [], ends: "reset" },
  "a reset at once": { begins: "at once", pieces: [], ends: "reset" },
  nothing: { begins: "when asked", pieces: [], ends: "hold" },
  "a body that stops": {
    begins: "when asked",
    pieces: [head("200 OK", "Content-Length: 1000") + "{"],
    ends: "hold",
  },
  "a body that is cut": {
    begins: "when asked",
    pieces: [head("200 OK", "Content-Length: 1000") + "{"],
    ends: "close",
  },
  "a body without end": {
    begins: "when asked",
    pieces: [head("200 OK"), " "],
    ends: "endless",
  },
  "a header without end": {
    begins: "when asked",
    pieces: ["HTTP/1.1 200 OK\r\nX-Long: ", "x"],
    ends: "endless",
  },
};
