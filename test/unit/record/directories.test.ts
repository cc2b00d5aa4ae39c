import { expect, it } from 'vitest';
import { DARWIN_SESSION } from '../../../electron/engine/platform/darwin/session.ts';
import { directoriesFor } from '../../../electron/engine/platform/directories.ts';
import { LINUX_SESSION } from '../../../electron/engine/platform/linux/session.ts';
import { SYSTEMS } from '../../../electron/engine/platform/systems.ts';

it('uses the Library on macOS', () => {
  expect(directoriesFor(DARWIN_SESSION, '/Users/ann', { XDG_CONFIG_HOME: '/x' })).toEqual({
    config: '/Users/ann/Library/Application Support/Sexton',
    state: '/Users/ann/Library/Application Support/Sexton',
    logs: '/Users/ann/Library/Logs/Sexton',
  });
});

it('follows XDG on Linux, with its defaults', () => {
  expect(directoriesFor(LINUX_SESSION, '/home/ann', {})).toEqual({
    config: '/home/ann/.config/sexton',
    state: '/home/ann/.local/state/sexton',
    logs: '/home/ann/.local/state/sexton',
  });
  expect(directoriesFor(LINUX_SESSION, '/home/ann', { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' })).toEqual({
    config: '/c/sexton',
    state: '/s/sexton',
    logs: '/s/sexton',
  });
});

it('ignores empty and relative XDG variables', () => {
  const { config, state } = directoriesFor(LINUX_SESSION, '/home/ann', { XDG_CONFIG_HOME: 'conf', XDG_STATE_HOME: '' });
  expect(config).toBe('/home/ann/.config/sexton');
  expect(state).toBe('/home/ann/.local/state/sexton');
});

it.each(['darwin', 'linux'] as const)('puts everything into SEXTON_HOME on %s', (name) => {
  expect(
    directoriesFor(SYSTEMS[name].session, '/home/ann', { SEXTON_HOME: '/srv/sexton/', XDG_CONFIG_HOME: '/c' }),
  ).toEqual({
    config: '/srv/sexton',
    state: '/srv/sexton',
    logs: '/srv/sexton',
  });
});

it.each([
  ['a terminal over SSH to a Mac', DARWIN_SESSION, { SSH_CONNECTION: '10.0.0.2 1 10.0.0.3 22' }, 'SSH'],
  ['a Linux machine without a display', LINUX_SESSION, {}, 'DISPLAY'],
] as const)('shows no window in %s, and says why', (_, session, environment, why) => {
  expect(session.noDisplayReason(environment)).toContain(why);
});
