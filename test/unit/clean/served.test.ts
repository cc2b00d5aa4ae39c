import { beforeEach, describe, expect, it } from 'vitest';
import { readServed } from '../../../electron/engine/clean/served.ts';
import { Machine } from './machine.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
  machine.open('LISTEN', 8888, null, machine.bot(4001));
  machine.open('ESTABLISHED', 8888, 51_000, 4001);
  machine.open('ESTABLISHED', 8888, 51_001, 4001);
  machine.open('CLOSE_WAIT', 8888, 51_002, 4001);
  machine.open('LISTEN', 9999, null, machine.bot(4002));
  machine.bot(4003);
});

describe('what else a process serves', () => {
  it('is each port it listens on, with the number of open connections', async () => {
    expect(await readServed(machine.platform(), [4001, 4002, 4003])).toEqual(
      new Map([
        [4001, [{ port: 8888, clients: 2 }]],
        [4002, [{ port: 9999, clients: 0 }]],
        [4003, []],
      ]),
    );
  });

  it.each(['readListeningPorts', 'readTable'] as const)('is unknown, not empty, when %s fails', async (broken) => {
    machine.broken.add(broken);
    expect(await readServed(machine.platform(), [4001])).toBeNull();
  });
});
