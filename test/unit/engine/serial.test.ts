import { describe, expect, it } from 'vitest';
import { serial } from '../../../electron/engine/serial.ts';

/** Something to wait for until a test opens it. */
function shutGate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('works in turn', () => {
  it('begin only when the one before has ended, in the order they were given', async () => {
    const inTurn = serial();
    const seen: string[] = [];
    const gates = ['a', 'b', 'c'].map((name) => {
      const gate = shutGate();
      const done = inTurn(async () => {
        seen.push(`${name} begins`);
        await gate.passed;
        seen.push(`${name} ends`);
        return name;
      });
      return { done, open: gate.open };
    });
    // The last gate opens first: the order is that of the calls all the same.
    for (const { open } of gates.toReversed()) open();
    expect(await Promise.all(gates.map(({ done }) => done))).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('go on after one that failed, whose caller alone hears of it', async () => {
    const inTurn = serial();
    const failed = inTurn(() => Promise.reject(new Error('full disk')));
    const next = inTurn(async () => 'written');
    await expect(failed).rejects.toThrow('full disk');
    expect(await next).toBe('written');
  });

  it('of two queues do not wait for each other', async () => {
    const [one, other] = [serial(), serial()];
    const gate = shutGate();
    const waiting = one(() => gate.passed);
    expect(await other(async () => 'at once')).toBe('at once');
    gate.open();
    await waiting;
  });
});
