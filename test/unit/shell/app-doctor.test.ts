import { describe, expect, it } from 'vitest';
import { appDoctor } from '../../../electron/shell/app-doctor.ts';
import { snapshotOf } from '../../support/standin/snapshots.ts';

const info = {
  version: '1',
  platform: 'darwin',
  notificationProblem: null,
  settingsProblem: null,
  firstRun: false,
} as const;
const now = new Date(0);

describe('what the app itself knows to work', () => {
  it('is no more than it has seen', () => {
    const { ok, checks } = appDoctor(snapshotOf().scan, info, now);
    expect(ok).toBe(true);
    expect(checks.map(({ id, status }) => [id, status])).toEqual([['look', 'ok']]);
  });

  it('is not all right while it is blind, and the way out is named', () => {
    const { ok, checks } = appDoctor(snapshotOf({ blind: true }).scan, info, now);
    expect(ok).toBe(false);
    expect(checks[0]).toMatchObject({ status: 'failed', fix: expect.stringContaining('did not answer') });
  });

  it('does not vouch for a look that is old', () => {
    expect(appDoctor(snapshotOf({ stale: true }).scan, info, now).checks[0]?.status).toBe('warning');
  });

  it('names notifications that failed and a settings file that was broken', () => {
    const troubled = { ...info, notificationProblem: 'denied', settingsProblem: 'moved aside' };
    const { ok, checks } = appDoctor(snapshotOf().scan, troubled, now);
    expect(ok).toBe(false);
    expect(checks.map(({ id }) => id)).toEqual(['look', 'notifications', 'settings']);
  });
});
