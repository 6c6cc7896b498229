/**
 * A handler's cold start: milliseconds from the beginning of this process until it is loaded, and until it answered.
 * JavaScript, since Lambda strips no types, which would take longer than the rest.
 */

const { bundle, event } = JSON.parse(process.argv[2]);
const { handler } = await import(bundle);
const readyMillis = performance.now();
const end = Date.now() + 18_000;
await handler(event, { functionName: "start", getRemainingTimeInMillis: () => end - Date.now() });
console.log(JSON.stringify({ readyMillis, answeredMillis: performance.now() }));
process.exit();
