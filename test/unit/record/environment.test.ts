import { expect, it } from 'vitest';
import { environmentSettings } from '../../../electron/engine/record/settings/environment.ts';

it('reads the lock file of the bots', () => {
  expect(environmentSettings({ IBKR_LOCK_FILE_PATH: '/var/run/ib.lock' })).toEqual({
    patch: { lockPath: '/var/run/ib.lock' },
    problems: [],
  });
});

it.each([
  ['0.5', 500],
  ['30', 30_000],
  [' 1.25 ', 1_250],
  ['3600', 3_600_000],
])('reads %j seconds as %i ms', (seconds, milliseconds) => {
  expect(environmentSettings({ IBKR_LOCK_TIMEOUT: seconds })).toEqual({
    patch: { lockTimeoutMs: milliseconds },
    problems: [],
  });
});

it.each(['0', '-1', 'abc', '30s', '1e3', 'Infinity', '0x10', '3601', '0.05'])(
  'reports %j seconds and ignores it',
  (seconds) => {
    const { patch, problems } = environmentSettings({ IBKR_LOCK_TIMEOUT: seconds });
    expect(patch).toEqual({});
    expect(problems).toEqual([
      { variable: 'IBKR_LOCK_TIMEOUT', message: `"${seconds}" is not a number of seconds from 0.1 to 3600` },
    ]);
  },
);

it('reports a lock file that is not an absolute path', () => {
  const { patch, problems } = environmentSettings({ IBKR_LOCK_FILE_PATH: 'ib.lock' });
  expect(patch).toEqual({});
  expect(problems).toEqual([{ variable: 'IBKR_LOCK_FILE_PATH', message: '"ib.lock" is not an absolute path' }]);
});

it('takes empty variables for none', () => {
  expect(environmentSettings({ IBKR_LOCK_FILE_PATH: '', IBKR_LOCK_TIMEOUT: '' })).toEqual({ patch: {}, problems: [] });
});
