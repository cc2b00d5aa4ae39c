import { afterEach, describe, expect, it, vi } from 'vitest';
import { ESRCH, type LibprocCalls } from '../../../electron/engine/platform/darwin/libproc/calls.ts';
import { UNIQUE_INFO } from '../../../electron/engine/platform/darwin/libproc/layout.ts';
import { createDarwinSenders } from '../../../electron/engine/platform/darwin/senders.ts';
import { failure, success } from '../../../shared/result.ts';

const PID = 4312;
const kill = vi.spyOn(process, 'kill').mockReturnValue(true);

afterEach(() => kill.mockClear());

/** A kernel in which the process has the version that `version` says now. */
function kernel(version: () => number, size: number = UNIQUE_INFO.size) {
  const sent: { pid: number; version: number; signal: number }[] = [];
  const calls = {
    pidInfo: (_pid: number, _flavor: number, _arg: number, buffer: Buffer) => {
      buffer.writeBigUInt64LE(77n, UNIQUE_INFO.p_uniqueid);
      buffer.writeInt32LE(version(), UNIQUE_INFO.p_idversion);
      return { bytes: size, errno: 0 };
    },
    signalByToken: (token: Buffer, signal: number) => {
      const meant = token.readInt32LE(28);
      if (meant !== version()) return ESRCH;
      sent.push({ pid: token.readInt32LE(20), version: meant, signal });
      return 0;
    },
  } as unknown as LibprocCalls;
  return { sent, open: createDarwinSenders(async () => success(calls)) };
}

async function send(open: ReturnType<typeof createDarwinSenders>, before = () => {}) {
  const opened = await open(PID);
  if (!opened.ok) return opened.error;
  before();
  return opened.value.send('SIGTERM');
}

describe('a signal on macOS', () => {
  it('goes to the version of the process that was gripped', async () => {
    const { sent, open } = kernel(() => 5);
    expect(await send(open)).toEqual({ kind: 'sent' });
    expect(sent).toEqual([{ pid: PID, version: 5, signal: 15 }]);
    expect(kill).not.toHaveBeenCalled();
  });

  it('does not reach a process that has taken the pid since, and is not sent by pid then', async () => {
    let version = 5;
    const { sent, open } = kernel(() => version);
    const outcome = await send(open, () => {
      version = 6;
    });
    expect(outcome).toEqual({ kind: 'replaced' });
    expect(sent).toEqual([]);
    expect(kill).not.toHaveBeenCalled();
  });

  it('is sent by pid where there is no libproc, and where it answers in a struct of another size', async () => {
    const none = createDarwinSenders(async () => failure({ code: 'tool-missing', tool: 'libproc', hint: '' }));
    expect(await send(none)).toEqual({ kind: 'sent' });
    expect(await send(kernel(() => 5, UNIQUE_INFO.size + 8).open)).toEqual({ kind: 'sent' });
    expect(kill.mock.calls).toEqual([
      [PID, 'SIGTERM'],
      [PID, 'SIGTERM'],
    ]);
  });
});
