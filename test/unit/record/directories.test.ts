import { expect, it } from 'vitest';
import { directoriesFor } from '../../../electron/engine/platform/directories.ts';

it('puts the directories into the Library on macOS', () => {
  expect(directoriesFor('darwin', '/Users/ann', { XDG_CONFIG_HOME: '/x' })).toEqual({
    config: '/Users/ann/Library/Application Support/Sexton',
    state: '/Users/ann/Library/Application Support/Sexton',
    logs: '/Users/ann/Library/Logs/Sexton',
  });
});

it('puts the directories where XDG says on Linux, with its defaults', () => {
  expect(directoriesFor('linux', '/home/ann', {})).toEqual({
    config: '/home/ann/.config/sexton',
    state: '/home/ann/.local/state/sexton',
    logs: '/home/ann/.local/state/sexton',
  });
  expect(directoriesFor('linux', '/home/ann', { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' })).toEqual({
    config: '/c/sexton',
    state: '/s/sexton',
    logs: '/s/sexton',
  });
});

it('ignores empty and relative XDG variables', () => {
  const { config, state } = directoriesFor('linux', '/home/ann', { XDG_CONFIG_HOME: 'conf', XDG_STATE_HOME: '' });
  expect(config).toBe('/home/ann/.config/sexton');
  expect(state).toBe('/home/ann/.local/state/sexton');
});

it.each(['darwin', 'linux'] as const)('puts all directories into SEXTON_HOME on %s', (system) => {
  expect(directoriesFor(system, '/home/ann', { SEXTON_HOME: '/srv/sexton/', XDG_CONFIG_HOME: '/c' })).toEqual({
    config: '/srv/sexton',
    state: '/srv/sexton',
    logs: '/srv/sexton',
  });
});
