// A worker of the test: it answers the primary as src/http/workers.ts does, and fails on demand.
process.on('message', ({ ask, id }) => {
  if (ask === 'slot') process.send({ reply: id, value: { slot: process.env.SCT_GATEWAY_WORKER } });
  if (ask === 'nothing') process.send({ reply: id });
  if (ask === 'die') process.exit(3);
});
process.on('SIGTERM', () => {
  if (!process.argv.includes('stubborn')) process.exit(0);
});
process.on('SIGHUP', () => process.send({ hup: true }));
setInterval(() => {}, 1_000);
process.send({ up: true });
