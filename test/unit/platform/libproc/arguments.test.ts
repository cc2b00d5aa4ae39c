import { describe, expect, it } from 'vitest';
import { decodeArguments, hasVariable } from '../../../../electron/engine/platform/darwin/libproc/arguments.ts';
import { procargs } from '../../../support/mac/libproc/procargs.ts';

const PYTHON = '/opt/homebrew/bin/python3';

describe('arguments', () => {
  it('are split as the process received them, with blanks and empty ones', () => {
    const args = ['python3', 'my bot.py', '', '--name', 'josé', 'a=b c'];
    expect(decodeArguments(procargs({ path: PYTHON, args, environment: ['HOME=/Users/a'] }))).toEqual(args);
  });

  it.each(Array.from({ length: 9 }, (_, extra) => extra))(
    'are found after a path of any length (%i more bytes)',
    (extra) => {
      const path = `/bin/${'x'.repeat(extra + 1)}`;
      expect(decodeArguments(procargs({ path, args: ['', '-c', 'x'], environment: ['A=1'] }))).toEqual(['', '-c', 'x']);
    },
  );

  it('are found where the kernel omits the environment', () => {
    expect(decodeArguments(procargs({ path: '/bin/sh', args: ['sh', 'run.sh'] }))).toEqual(['sh', 'run.sh']);
  });

  it('are the title that a program gave itself', () => {
    const data = procargs({ path: PYTHON, args: ['python3', 'runner_async.py'] });
    const at = data.indexOf('python3\0runner');
    data.fill(0, at);
    data.write('runner: AAPL', at);
    expect(decodeArguments(data)).toEqual(['runner: AAPL']);
  });

  it('are those before the limit when there are very many', () => {
    const args = ['java', 'x'.repeat(200_000), 'never.shown'];
    const decoded = decodeArguments(procargs({ path: '/usr/bin/java', args })) ?? [];
    expect(decoded).toHaveLength(2);
    expect(decoded.join(' ').length).toBeLessThanOrEqual(128 * 1024);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a count alone', Buffer.from([2, 0, 0, 0])],
    ['no path', Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.alloc(40)])],
    ['a path without an end', Buffer.from('\x01\0\0\0/bin/sh')],
    ['a negative count', counted(-1)],
    ['more arguments than there is text', counted(9)],
    ['a path that is not followed by NULs', misaligned()],
  ])('are refused for %s', (_, data) => {
    expect(decodeArguments(data)).toBeNull();
    expect(hasVariable(data, 'A', '1')).toBeNull();
  });
});

describe('the environment', () => {
  const environment = ['HOME=/Users/a', 'SEXTON_GUARD_ID=abc', 'SECRET=x'];

  it('is only checked for one variable with one value, never read', () => {
    const data = procargs({ path: PYTHON, args: ['python3', 'SEXTON_GUARD_ID=other'], environment });
    expect(hasVariable(data, 'SEXTON_GUARD_ID', 'abc')).toBe(true);
    expect(hasVariable(data, 'SEXTON_GUARD_ID', 'ab')).toBe(false);
    expect(hasVariable(data, 'GUARD_ID', 'abc')).toBe(false);
    expect(hasVariable(data, 'SEXTON_GUARD_ID', 'other')).toBe(false);
    expect(hasVariable(data, 'HOME', '/Users/a')).toBe(true);
  });

  it('has no variable where the kernel omits it', () => {
    expect(hasVariable(procargs({ path: '/bin/sh', args: ['sh'] }), 'SEXTON_GUARD_ID', 'abc')).toBe(false);
  });
});

function counted(count: number): Buffer {
  const data = procargs({ path: '/bin/sh', args: ['sh', 'x'] });
  data.writeInt32LE(count);
  return data;
}

function misaligned(): Buffer {
  const data = procargs({ path: '/bin/sh1', args: ['sh', 'x'] });
  data.writeUInt8(0x41, 14);
  return data;
}
