import { describe, expect, it } from 'vitest';
import { Watcher } from '../../../electron/engine/core/watcher.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';
import { gatewayRecord } from '../clean/builders.ts';
import { Machine } from '../clean/machine.ts';

const TICK_MS = 5_000;

function watchedMachine() {
  const machine = new Machine();
  machine.open('LISTEN', 4002, null, machine.spawn(gatewayRecord(50)));
  const platform = machine.platform();
  let attributions = 0;
  const { readHoldings } = platform;
  platform.readHoldings = (ports) => {
    attributions += 1;
    return readHoldings(ports);
  };
  const settings = { ...DEFAULT_SETTINGS, ports: [{ port: 4002, label: 'test' }] };
  const watcher = new Watcher({
    platform,
    clock: machine.clock,
    settings: () => settings,
    ports: null,
    counting: 'settled',
  });
  /** How often the owners are read while ticks go on for so long. */
  const attributionsIn = async (ms: number) => {
    const before = attributions;
    for (const end = machine.now + ms; machine.now < end; ) {
      await watcher.scan();
      await machine.pass(TICK_MS);
    }
    return attributions - before;
  };
  return { machine, attributionsIn };
}

describe('the watcher', () => {
  it('reads the owners of unchanged zombies less and less often, down to once in five minutes', async () => {
    const { machine, attributionsIn } = watchedMachine();
    machine.zombie(machine.bot(4312));
    expect(await attributionsIn(60_000)).toBe(2);
    await attributionsIn(1_800_000);
    const inAnHour = await attributionsIn(3_600_000);
    expect(inAnHour).toBeGreaterThanOrEqual(11);
    expect(inAnHour).toBeLessThanOrEqual(12);
  });

  it('reads the owners at once when a connection comes or goes, and starts at the short interval again', async () => {
    const { machine, attributionsIn } = watchedMachine();
    machine.zombie(machine.bot(4312));
    await attributionsIn(1_800_000);
    machine.zombie(machine.bot(4313));
    expect(await attributionsIn(60_000)).toBe(2);
  });

  it('never reads the owners while there is nothing on the ports', async () => {
    const machine = new Machine();
    const platform = machine.platform();
    platform.readHoldings = () => expect.fail('nobody is there');
    const settings = { ...DEFAULT_SETTINGS, ports: [{ port: 4002, label: 'test' }] };
    const watcher = new Watcher({
      platform,
      clock: machine.clock,
      settings: () => settings,
      ports: null,
      counting: 'settled',
    });
    const { parts } = await watcher.scan();
    expect(parts).toMatchObject({ scan: { kind: 'ok' }, owners: [], unattributed: 0 });
  });
});
