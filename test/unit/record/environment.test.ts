import { expect, it } from 'vitest';
import { environmentSettings } from '../../../electron/engine/record/settings/environment.ts';

it('reads the path of the bots’ lock file from the environment', () => {
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
])('reads a lock timeout of %j seconds as %i ms', (seconds, milliseconds) => {
  expect(environmentSettings({ IBKR_LOCK_TIMEOUT: seconds })).toEqual({
    patch: { lockTimeoutMs: milliseconds },
    problems: [],
  });
});

it.each(['0', '-1', 'abc', '30s', '1e3', 'Infinity', '0x10', '3601', '0.05'])(
  'reports and ignores a lock timeout of %j seconds',
  (seconds) => {
    const { patch, problems } = environmentSettings({ IBKR_LOCK_TIMEOUT: seconds });
    expect(patch).toEqual({});
    expect(problems).toEqual([
      { variable: 'IBKR_LOCK_TIMEOUT', message: `"${seconds}" is not a number of seconds from 0.1 to 3600` },
    ]);
  },
);

it('reports a lock file in the environment that is not an absolute path', () => {
  const { patch, problems } = environmentSettings({ IBKR_LOCK_FILE_PATH: 'ib.lock' });
  expect(patch).toEqual({});
  expect(problems).toEqual([{ variable: 'IBKR_LOCK_FILE_PATH', message: '"ib.lock" is not an absolute path' }]);
});

it('treats empty environment variables as unset', () => {
  expect(environmentSettings({ IBKR_LOCK_FILE_PATH: '', IBKR_LOCK_TIMEOUT: '' })).toEqual({ patch: {}, problems: [] });
});
