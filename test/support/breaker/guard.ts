// A process that uses the breaker in FOLDER with its wall clock moved by OFFSET ms: `fail COUNT`, `succeed`, or `stay` in an attempt.
import { openStore } from './store.ts';

const [folder = '', offset = '0', action = '', count = '1'] = process.argv.slice(2);
const { store, told } = openStore(folder, { wall: Number(offset), clock: 0 });
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

for (let attempt = 0; attempt < Number(count); attempt++) {
  const admitted = await store.admit(600_000);
  if (!admitted.allowed) {
    say({ refused: admitted.why, retryInMs: admitted.retryInMs });
  } else if (action === 'stay') {
    say({ staying: true });
    setInterval(() => undefined, 1_000);
  } else {
    const state = action === 'fail' ? await admitted.failed('no answer') : await admitted.succeeded();
    say({ state: state.state, failures: state.failures, successes: state.successes });
  }
}
say({ told: told.filter(({ event }) => event === 'circuit_breaker_state_change').map(({ state }) => state) });
