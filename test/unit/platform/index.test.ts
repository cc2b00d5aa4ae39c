import { afterEach, describe, expect, it } from 'vitest';
import { createPlatform } from '../../../electron/engine/platform/index.ts';

const original = Object.getOwnPropertyDescriptor(process, 'platform');

afterEach(() => {
  if (original !== undefined) Object.defineProperty(process, 'platform', original);
});

function on(name: string) {
  Object.defineProperty(process, 'platform', { value: name, configurable: true });
  return createPlatform();
}

describe('createPlatform', () => {
  it.each(['linux', 'darwin'])('knows %s', (name) => {
    const made = on(name);
    expect(made.ok && made.value.desktop).toBe(name);
    expect(made.ok && made.value.self).toEqual({ pid: process.pid, uid: process.geteuid?.() });
  });

  it('returns an error value for an unknown system', () => {
    expect(on('win32')).toEqual({
      ok: false,
      error: { code: 'tool-failed', tool: 'win32', hint: 'Sexton runs on macOS and Linux only' },
    });
  });
});
