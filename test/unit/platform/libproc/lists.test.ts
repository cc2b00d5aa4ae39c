import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../../electron/engine/platform/darwin/libproc/calls.ts';
import { readList } from '../../../../electron/engine/platform/darwin/libproc/read.ts';

const ENOMEM = 12;

/** A list of so many bytes that says another number when it is asked, and is cut without a word when the buffer is too small. */
function list(bytes: number, asked: number, short: 'cut' | 'refused' = 'cut') {
  const sizes: number[] = [];
  const call = (buffer: Buffer | null): Answer => {
    if (buffer === null) return { bytes: asked, errno: 0 };
    sizes.push(buffer.length);
    if (short === 'refused' && buffer.length < bytes) return { bytes: 0, errno: ENOMEM };
    buffer.fill(7, 0, Math.min(buffer.length, bytes));
    return { bytes: Math.min(buffer.length, bytes), errno: 0 };
  };
  return { call, sizes };
}

describe('a list of libproc', () => {
  it('is read once when it has the announced length', () => {
    const { call, sizes } = list(5000, 5000);
    expect(readList('list', call)).toEqual({ kind: 'seen', value: Buffer.alloc(5000, 7) });
    expect(sizes).toHaveLength(1);
  });

  it.each(['cut', 'refused'] as const)('is read again when it has grown in between and was %s', (short) => {
    const { call, sizes } = list(40_000, 8, short);
    expect(readList('list', call)).toEqual({ kind: 'seen', value: Buffer.alloc(40_000, 7) });
    expect(sizes.length).toBeGreaterThan(1);
  });

  it('is read again when it fills the buffer to the last byte and may be cut off', () => {
    const { call, sizes } = list(8 + 2048, 8);
    expect(readList('list', call)).toMatchObject({ kind: 'seen', value: { length: 8 + 2048 } });
    expect(sizes).toHaveLength(2);
  });

  it('may be empty', () => {
    expect(readList('list', () => ({ bytes: 0, errno: 0 }))).toEqual({ kind: 'seen', value: Buffer.alloc(0) });
  });

  it('is refused when it never fits', () => {
    const endless = (buffer: Buffer | null): Answer => ({ bytes: buffer?.length ?? 8, errno: 0 });
    expect(readList('list', endless)).toMatchObject({ kind: 'odd' });
  });

  it.each([
    [1, 'hidden'],
    [3, 'gone'],
    [99, 'odd'],
  ])('is missing when the call fails with errno %i: %s', (errno, kind) => {
    expect(readList('list', () => ({ bytes: 0, errno }))).toMatchObject({ kind });
    const later = (buffer: Buffer | null) => (buffer === null ? { bytes: 80, errno: 0 } : { bytes: 0, errno });
    expect(readList('list', later)).toMatchObject({ kind });
  });
});
