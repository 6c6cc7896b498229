/** The process of one invocation: loads the handler by its name, as Lambda's runtime does, and sends its answer back. */
process.once("message", async ({ folder, handler, event, context, timeoutMillis }) => {
  const [file, name] = handler.split(".");
  const end = Date.now() + timeoutMillis;
  const outcome = await import(`${folder}/${file}.mjs`)
    .then((module) => module[name](event, { ...context, getRemainingTimeInMillis: () => end - Date.now() }))
    .then(
      (answer) => ({ answer }),
      (error) => ({ error: String(error) }),
    );
  process.send(outcome, () => process.exit());
});
