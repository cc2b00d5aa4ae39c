import { describe, expect, it } from 'vitest';
import { layerSettings, mergeSettings, unknownSettings } from '../../../shared/settings/merge.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';

describe('mergeSettings', () => {
  it('applies a patch and keeps the rest', () => {
    const merged = mergeSettings(DEFAULT_SETTINGS, { intervalMs: 2_000 });
    expect(merged).toEqual({ ok: true, value: { ...DEFAULT_SETTINGS, intervalMs: 2_000 } });
  });

  it('merges the breaker field by field', () => {
    const merged = mergeSettings(DEFAULT_SETTINGS, { breaker: { recoveryMs: 5_000 } });
    expect(merged.ok && merged.value.breaker).toEqual({
      failureThreshold: 5,
      recoveryMs: 5_000,
      successThreshold: 2,
    });
  });

  it('names every refused field with its dotted path and keeps nothing', () => {
    const merged = mergeSettings(DEFAULT_SETTINGS, {
      ports: [{ port: 70_000, label: 'x' }],
      breaker: { recoveryMs: 1 },
      graceMs: 3_000,
    });
    expect(merged).toEqual({
      ok: false,
      error: [
        { path: 'ports.0.port', message: 'must be 65535 or less' },
        { path: 'breaker.recoveryMs', message: 'must be 1000 or more' },
      ],
    });
  });

  it.each([
    [{ intervalMs: 'fast' }, 'intervalMs', 'must be a number'],
    [{ intervalMs: 1_000.5 }, 'intervalMs', 'must be a whole number'],
    [{ notifications: 1 }, 'notifications', 'must be true or false'],
    [{ botNames: 'a' }, 'botNames', 'must be a list'],
    [{ botNames: [''] }, 'botNames.0', 'must not be empty'],
    [{ lockPath: 'x' }, 'lockPath', 'must be an absolute path'],
    [{ autoClean: 'maybe' }, 'autoClean', 'must be off or on'],
    [{ ports: [] }, 'ports', 'must contain at least one port'],
    [{ ports: Array(33).fill({ port: 1, label: '' }) }, 'ports', 'must have 32 entries or fewer'],
    [{ breaker: 3 }, 'breaker', 'must be an object'],
  ])('says what is wrong with %j', (patch, path, message) => {
    const merged = mergeSettings(DEFAULT_SETTINGS, patch);
    expect(!merged.ok && merged.error.map((error) => error.path)).toEqual([path]);
    expect(!merged.ok && merged.error[0]?.message).toContain(message);
  });

  it('refuses names that are no settings, including inherited ones', () => {
    expect(mergeSettings(DEFAULT_SETTINGS, { intervall: 1 })).toEqual({
      ok: false,
      error: [{ path: 'intervall', message: 'is not a setting' }],
    });
    expect(mergeSettings(DEFAULT_SETTINGS, { toString: 1 }).ok).toBe(false);
    expect(mergeSettings(DEFAULT_SETTINGS, JSON.parse('{"__proto__": {"intervalMs": 1}}')).ok).toBe(false);
  });

  it('checks the thresholds against each other', () => {
    expect(mergeSettings(DEFAULT_SETTINGS, { warningAbove: 20 })).toEqual({
      ok: false,
      error: [{ path: 'criticalAbove', message: 'must not be below warningAbove' }],
    });
    expect(mergeSettings(DEFAULT_SETTINGS, { warningAbove: 20, criticalAbove: 30 }).ok).toBe(true);
  });
});

describe('layerSettings', () => {
  it('applies valid values and keeps the lower layer’s value for an invalid one', () => {
    const { settings, refused } = layerSettings(DEFAULT_SETTINGS, {
      intervalMs: 'fast',
      ports: [{ port: 4002, label: 'Mine' }],
      unknown: true,
    });
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, ports: [{ port: 4002, label: 'Mine' }] });
    expect(refused.map(({ path }) => path)).toEqual(['intervalMs']);
  });

  it('applies neither threshold when they contradict each other, but the rest', () => {
    const { settings, refused } = layerSettings(DEFAULT_SETTINGS, { warningAbove: 50, graceMs: 'x', intervalMs: 700 });
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, intervalMs: 700 });
    expect(refused.map(({ path }) => path)).toEqual(['graceMs', 'criticalAbove']);
  });

  it('falls back to the lower layer when no field of the patch is at fault', () => {
    const odd = { ...DEFAULT_SETTINGS, intervalMs: 1 };
    expect(layerSettings(odd, { graceMs: 200 }).settings).toBe(odd);
  });
});

it('layerSettings and mergeSettings find unknown names in the breaker too', () => {
  expect(unknownSettings({ a: 1, breaker: { b: 1, recoveryMs: 2 }, intervalMs: 3 })).toEqual(['a', 'breaker.b']);
});
