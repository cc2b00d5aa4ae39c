import { describe, expect, it } from 'vitest';
import { type Agreement, compareViews } from '../../../../electron/engine/platform/darwin/libproc/agreement.ts';
import type { Holding } from '../../../../electron/engine/platform/types.ts';

const zombie: Holding = {
  pid: 4312,
  uid: 501,
  fd: '7',
  inode: null,
  state: 'CLOSE_WAIT',
  local: { address: '127.0.0.1', port: 51_000 },
  remote: { address: '127.0.0.1', port: 4002 },
};
const listener: Holding = {
  ...zombie,
  pid: 99,
  fd: '5',
  state: 'LISTEN',
  local: { address: '*', port: 4002 },
  remote: null,
};

const live = { ...zombie, state: 'ESTABLISHED' } satisfies Holding;

function compare(before: Holding[], lsof: Holding[], after = before): Agreement {
  return compareViews({ before, lsof, after });
}

function kinds(agreement: Agreement): string[] {
  return agreement.kind === 'disagreed' ? agreement.differences.map(({ kind }) => kind) : [agreement.kind];
}

describe('libproc and lsof', () => {
  it('agree when both list the same sockets, in any order', () => {
    expect(compare([zombie, listener], [listener, zombie])).toEqual({ kind: 'agreed', compared: 2 });
  });

  it('prove nothing when there was nothing to compare', () => {
    expect(compare([], [])).toEqual({ kind: 'nothing' });
    expect(compare([zombie], [], [])).toEqual({ kind: 'nothing' });
  });

  it('disagree on a socket that only one of them has', () => {
    expect(kinds(compare([zombie, listener], [listener]))).toEqual(['only-libproc']);
    expect(kinds(compare([listener], [listener, zombie]))).toEqual(['only-lsof']);
    expect(kinds(compare([], [zombie]))).toEqual(['only-lsof']);
  });

  it.each([
    ['pid', { pid: 4313 }],
    ['descriptor', { fd: '8' }],
    ['port', { local: { address: '127.0.0.1', port: 51_001 } }],
    ['address', { remote: { address: '10.0.0.1', port: 4002 } }],
    ['remote end', { remote: null }],
  ])('disagree on a socket with another %s', (_, change) => {
    expect(kinds(compare([zombie], [{ ...zombie, ...change }]))).toEqual(['only-libproc', 'only-lsof']);
  });

  it('disagree on a state that libproc saw neither before nor after lsof', () => {
    expect(kinds(compare([live], [zombie]))).toEqual(['other-state']);
    expect(kinds(compare([zombie], [live]))).toEqual(['other-state']);
  });

  it('disagree on the user', () => {
    expect(kinds(compare([zombie], [{ ...zombie, uid: 502 }]))).toEqual(['other-user']);
    expect(kinds(compare([zombie], [{ ...zombie, uid: null }]))).toEqual(['other-user']);
  });

  it('agree on a socket that changed its state while lsof ran', () => {
    expect(compare([live], [live], [zombie])).toEqual({ kind: 'agreed', compared: 1 });
    expect(compare([live], [zombie], [zombie])).toEqual({ kind: 'agreed', compared: 1 });
  });

  it('ignore sockets that came or went while lsof ran, whether it lists them or not', () => {
    expect(compare([zombie, listener], [listener], [listener])).toEqual({ kind: 'agreed', compared: 1 });
    expect(compare([listener], [listener, zombie], [zombie, listener])).toEqual({ kind: 'agreed', compared: 1 });
    expect(compare([zombie, listener], [listener, zombie], [listener])).toEqual({ kind: 'agreed', compared: 1 });
  });

  it('agree on a descriptor whose last digits are all that lsof prints', () => {
    expect(compare([{ ...zombie, fd: '10995' }], [{ ...zombie, fd: '*995' }])).toEqual({ kind: 'agreed', compared: 1 });
    expect(kinds(compare([{ ...zombie, fd: '10994' }], [{ ...zombie, fd: '*995' }]))).toHaveLength(2);
  });

  it('ignore sockets that are in no descriptor table', () => {
    expect(compare([listener], [listener, { ...zombie, fd: 'fp.' }])).toEqual({ kind: 'agreed', compared: 1 });
  });

  it('agree on a link-local address with and without the interface’s number', () => {
    const ours = { ...zombie, local: { address: 'fe80::1c2b:9', port: 51_000 } };
    const theirs = { ...zombie, local: { address: 'fe80:4::1c2b:9', port: 51_000 } };
    expect(compare([ours], [theirs])).toEqual({ kind: 'agreed', compared: 1 });
  });
});
