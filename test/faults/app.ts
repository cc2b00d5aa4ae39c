// The app without its windows: the real engine on this machine, with commands as JSON lines on stdin. Tests start several.
import { createInterface } from 'node:readline';
import { assemble } from '../../electron/engine/assemble.ts';

const built = await assemble({ program: 'app', version: 'test' });
if (!built.ok) throw new Error(built.error.hint);
const { engine } = built.value;
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
await engine.start();
say('started');
for await (const line of createInterface(process.stdin)) {
  const { set, pause, stop } = JSON.parse(line) as { set?: Record<string, unknown>; pause?: number; stop?: true };
  if (set) say((await engine.setSettings(set)).ok ? 'set' : 'refused');
  if (pause !== undefined) {
    await engine.pause(pause);
    say('paused');
  }
  if (stop) break;
}
await engine.stop();
say('stopped');
process.exit(0);
