import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeArguments, hasVariable } from '../../../../electron/engine/platform/darwin/libproc/arguments.ts';
import {
  decodeBsdInfo,
  decodeKernelInfos,
  decodePids,
  decodeShortInfo,
  decodeUniqueInfo,
} from '../../../../electron/engine/platform/darwin/libproc/process-structs.ts';
import { decodeSocket, decodeSocketFds } from '../../../../electron/engine/platform/darwin/libproc/socket-structs.ts';
import { procargs } from '../../../support/mac/libproc/procargs.ts';
import { example, layout } from './examples.ts';

const SIZES = new Map<(data: Buffer) => unknown, number>([
  [decodeShortInfo, 64],
  [decodeBsdInfo, 136],
  [decodeUniqueInfo, 56],
  [decodeSocket, 792],
]);
const LISTS = [decodePids, decodeKernelInfos, decodeSocketFds, decodeArguments];
const ALL = [...SIZES.keys(), ...LISTS];

const examples = Object.keys(layout.examples).map((name) => example(name));
const start = procargs({ path: '/usr/bin/python3', args: ['python3', 'run.py', '--x'], environment: ['A=1', 'B=2'] });

/** An example with some of its bytes overwritten, cut or lengthened. */
const damaged = fc
  .tuple(
    fc.constantFrom(...examples, start),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
    fc.integer({ min: -40, max: 40 }),
  )
  .map(([original, changes, longer]) => {
    const size = Math.max(0, original.length + longer);
    const data = Buffer.alloc(size);
    original.copy(data);
    for (const [at, byte] of changes) if (size > 0) data[at % size] = byte;
    return data;
  });

const anything = fc.oneof(
  fc.uint8Array({ maxLength: 1000 }).map((bytes) => Buffer.from(bytes)),
  ...[...SIZES.values(), 648].map((size) =>
    fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes)),
  ),
  damaged,
);

describe('the decoders', () => {
  it('never throw, and refuse every struct of the wrong size', () => {
    fc.assert(
      fc.property(anything, (data) => {
        for (const decode of ALL) {
          const decoded = decode(data);
          const size = SIZES.get(decode);
          if (size !== undefined && data.length !== size) expect(decoded).toBeNull();
        }
        hasVariable(data, 'A', '1');
      }),
      { numRuns: 3000 },
    );
  });

  it('return no impossible process', () => {
    fc.assert(
      fc.property(anything, (data) => {
        for (const info of [decodeShortInfo(data), decodeBsdInfo(data)]) {
          if (info === null) continue;
          expect(info.pid).toBeGreaterThan(0);
          expect(info.ppid).toBeGreaterThanOrEqual(0);
          expect(info.name).not.toContain('\0');
        }
        const start = decodeBsdInfo(data)?.start;
        if (start !== undefined) expect(Number.isNaN(new Date(start.seconds * 1000).valueOf())).toBe(false);
        for (const pid of decodePids(data) ?? []) expect(pid).toBeGreaterThan(0);
        for (const info of decodeKernelInfos(data)?.values() ?? []) {
          expect(info.pid).toBeGreaterThanOrEqual(0);
          expect(new Date(info.start.seconds * 1000).toISOString()).toMatch(/^\d{4}-/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('return no socket with an impossible port, state or count', () => {
    fc.assert(
      fc.property(anything, (data) => {
        for (const fd of decodeSocketFds(data) ?? []) expect(fd).toBeGreaterThanOrEqual(0);
        const socket = decodeSocket(data);
        if (socket === null || typeof socket === 'string') return;
        for (const end of [socket.local, socket.remote]) {
          if (end === null) continue;
          expect(end.port).toBeGreaterThan(0);
          expect(end.port).toBeLessThan(65_536);
          expect(end.address).toMatch(/^(?:\*|\d{1,3}(?:\.\d{1,3}){3}|[\da-f:]+)$/);
        }
        expect(socket.unread).toBeGreaterThanOrEqual(0);
        expect(socket.backlog === null).toBe(socket.state !== 'LISTEN');
      }),
      { numRuns: 3000 },
    );
  });

  it('return any ports, addresses, queues and states that were written', () => {
    const address = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 255 })));
    const port = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(port, port, address, fc.nat(0xffff_ffff), (local, remote, ip, unread) => {
        const data = example('closeWait');
        data.writeUInt16BE(local, 268);
        data.writeUInt16BE(remote, 264);
        Buffer.from(ip).copy(data, 296 + 12);
        data.writeUInt32LE(unread, 208);
        expect(decodeSocket(data)).toMatchObject({
          local: { address: '127.0.0.1', port: local },
          remote: { address: ip.join('.'), port: remote },
          unread,
        });
      }),
    );
  });

  it('return any arguments that were written, and nothing of the environment', () => {
    const word = fc.string({ maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
    const last = word.filter((text) => text !== '');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), last, word, fc.array(word), (args, end, name, environment) => {
        const given = { path: `/${name}`, args: [...args, end], environment };
        expect(decodeArguments(procargs(given))).toEqual([...args, end]);
      }),
    );
  });

  it('return the whole command line or none, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.nat(start.length - 1), (length) => {
        const decoded = decodeArguments(start.subarray(0, length));
        if (decoded !== null) expect(decoded).toEqual(['python3', 'run.py', '--x']);
      }),
    );
  });
});
