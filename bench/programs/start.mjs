/**
 * Measures a handler's cold start: the milliseconds from the beginning of this process until the handler is loaded, and
 * until it has answered. This file is JavaScript, because stripping types takes longer than all the rest. Lambda does not
 * strip types.
 */

const { bundle, event } = JSON.parse(process.argv[2]);
const { handler } = await import(bundle);
const readyMillis = performance.now();
const end = Date.now() + 18_000;
await handler(event, { functionName: "start", getRemainingTimeInMillis: () => end - Date.now() });
console.log(JSON.stringify({ readyMillis, answeredMillis: performance.now() }));
process.exit();
