import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  fieldErrorsOf,
  openSettings,
  type SettingsFileOptions,
} from '../../../electron/engine/record/settings/file.ts';
import { DEFAULT_SETTINGS } from '../../../shared/settings/settings.ts';
import { canMount, ownDirectory, smallDisk } from '../../support/record/places.ts';

function settingsIn(directory: string, options: Partial<SettingsFileOptions> = {}) {
  const path = join(directory, 'settings.json');
  return { path, settings: openSettings({ path, environment: {}, settleMs: 20, ...options }) };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const asides = (directory: string) => readdirSync(directory).filter((name) => name.includes('.broken-'));

describe('loading the settings', () => {
  it('uses the defaults when there is no file, and creates none', async () => {
    const directory = ownDirectory();
    const { settings } = settingsIn(directory);
    expect(await settings.load()).toEqual({ settings: DEFAULT_SETTINGS, problems: [] });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('merges a partial file over the defaults, with or without a byte order mark', async () => {
    const { path, settings } = settingsIn(ownDirectory());
    writeFileSync(path, '\uFEFF{"intervalMs": 2000, "breaker": {"recoveryMs": 5000}}');
    const loaded = await settings.load();
    expect(loaded.problems).toEqual([]);
    expect(loaded.settings.intervalMs).toBe(2_000);
    expect(loaded.settings.breaker).toEqual({ failureThreshold: 5, recoveryMs: 5_000, successThreshold: 2 });
    expect(settings.current()).toEqual(loaded.settings);
  });

  it.each([
    ['{ not json', 'not valid JSON'],
    ['', 'empty'],
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
  ])('moves a broken file (%j) aside and reports it', async (text, why) => {
    const directory = ownDirectory();
    const { path, settings } = settingsIn(directory, { now: () => new Date('2026-03-01T12:00:00.000Z') });
    writeFileSync(path, text);
    const { settings: used, problems } = await settings.load();
    expect(used).toEqual(DEFAULT_SETTINGS);
    expect(problems).toMatchObject([{ source: 'file', code: 'broken-file', path: '' }]);
    expect(problems[0]?.message).toContain(why);
    expect(asides(directory)).toEqual(['settings.json.broken-2026-03-01T12-00-00.000Z']);
    expect(readFileSync(join(directory, asides(directory)[0] ?? ''), 'utf8')).toBe(text);
    expect((await settings.load()).problems).toEqual([]);
  });

  it('uses the valid values of a file with an invalid one, and keeps a copy of the original', async () => {
    const directory = ownDirectory();
    const { path, settings } = settingsIn(directory);
    const original = '{"ports": [{"port": 4002, "label": "Mine"}], "intervalMs": "fast", "note": "mine"}';
    writeFileSync(path, original);
    const { settings: used, problems } = await settings.load();
    expect(used).toEqual({ ...DEFAULT_SETTINGS, ports: [{ port: 4002, label: 'Mine' }] });
    expect(problems[0]).toMatchObject({ code: 'broken-file' });
    expect(problems[0]?.message).toContain('intervalMs must be a number');
    expect(readFileSync(join(directory, asides(directory)[0] ?? ''), 'utf8')).toBe(original);
    expect(json(path)).toEqual({ ports: [{ port: 4002, label: 'Mine' }], note: 'mine' });
  });

  it('does not mistake a file that is being written for a broken one', async () => {
    const directory = ownDirectory();
    const { path, settings } = settingsIn(directory, { settleMs: 200 });
    writeFileSync(path, '{"graceMs": 30');
    const loading = settings.load();
    setTimeout(() => writeFileSync(path, '{"graceMs": 3000}'), 50);
    const { settings: used, problems } = await loading;
    expect(problems).toEqual([]);
    expect(used.graceMs).toBe(3_000);
    expect(asides(directory)).toEqual([]);
  });

  it('reports unknown names and a file that it cannot read', async () => {
    const { path, settings } = settingsIn(ownDirectory());
    writeFileSync(path, '{"colour": "red"}');
    expect((await settings.load()).problems).toMatchObject([{ code: 'unknown-name', path: 'colour' }]);
    rmSync(path);
    mkdirSync(path);
    expect((await settings.load()).problems).toMatchObject([{ source: 'file', code: 'io' }]);
    expect(await settings.save({ graceMs: 500 })).toMatchObject({ ok: false, error: { code: 'io' } });
  });
});

describe('precedence among settings', () => {
  it('lets flags beat environment, environment beat file, file beat default', async () => {
    const { path, settings } = settingsIn(ownDirectory(), {
      environment: { IBKR_LOCK_FILE_PATH: '/env.lock', IBKR_LOCK_TIMEOUT: '0.5' },
      flags: { lockTimeoutMs: 7_000 },
    });
    writeFileSync(path, '{"lockPath": "/file.lock", "lockTimeoutMs": 1000, "graceMs": 300}');
    const { settings: used } = await settings.load();
    expect(used).toMatchObject({ lockPath: '/env.lock', lockTimeoutMs: 7_000, graceMs: 300, intervalMs: 5_000 });
  });

  it('reports invalid environment variables and flags, and uses the next source', async () => {
    const { settings } = settingsIn(ownDirectory(), {
      environment: { IBKR_LOCK_TIMEOUT: 'soon' },
      flags: { intervalMs: 1, graceMs: 400 },
    });
    const { settings: used, problems } = await settings.load();
    expect(used).toEqual({ ...DEFAULT_SETTINGS, graceMs: 400 });
    expect(problems).toMatchObject([
      { source: 'environment', path: 'IBKR_LOCK_TIMEOUT' },
      { source: 'flags', path: 'intervalMs' },
    ]);
  });

  it('never saves values from the environment or flags', async () => {
    const { path, settings } = settingsIn(ownDirectory(), {
      environment: { IBKR_LOCK_FILE_PATH: '/env.lock' },
      flags: { intervalMs: 700 },
    });
    await settings.load();
    const saved = await settings.save({ graceMs: 900, lockPath: '/saved.lock' });
    expect(saved).toMatchObject({ ok: true, value: { graceMs: 900, lockPath: '/env.lock', intervalMs: 700 } });
    expect(json(path)).toEqual({ graceMs: 900, lockPath: '/saved.lock' });
  });
});

describe('saving the settings', () => {
  it('writes only values that differ from the defaults, keeps unknown names, and drops values set back to the default', async () => {
    const { path, settings } = settingsIn(ownDirectory());
    writeFileSync(path, '{"note": "mine", "graceMs": 300}');
    await settings.load();
    await settings.save({ intervalMs: 2_000 });
    expect(json(path)).toEqual({ note: 'mine', graceMs: 300, intervalMs: 2_000 });
    await settings.save({ graceMs: DEFAULT_SETTINGS.graceMs, breaker: { recoveryMs: 5_000 } });
    expect(json(path)).toEqual({
      note: 'mine',
      intervalMs: 2_000,
      breaker: { ...DEFAULT_SETTINGS.breaker, recoveryMs: 5_000 },
    });
  });

  it('refuses the whole of an invalid patch and leaves the file alone', async () => {
    const { path, settings } = settingsIn(ownDirectory());
    writeFileSync(path, '{"graceMs": 300}');
    await settings.load();
    const refused = await settings.save({ intervalMs: 2_000, graceMs: 1 });
    expect(refused).toEqual({
      ok: false,
      error: { code: 'refused', fields: [{ path: 'graceMs', message: 'must be 100 or more' }] },
    });
    expect(readFileSync(path, 'utf8')).toBe('{"graceMs": 300}');
    expect(settings.current().intervalMs).toBe(5_000);
  });

  it('keeps what another process wrote since the last read, and every one of several saves at once', async () => {
    const { path, settings } = settingsIn(ownDirectory());
    await settings.load();
    writeFileSync(path, '{"metricsPath": "/m.prom"}');
    await Promise.all([
      settings.save({ graceMs: 300 }),
      settings.save({ intervalMs: 900 }),
      settings.save({ notifications: false }),
    ]);
    expect(json(path)).toEqual({ metricsPath: '/m.prom', graceMs: 300, intervalMs: 900, notifications: false });
  });

  it('creates the directory and a file for the user alone, and follows a symbolic link', async () => {
    const directory = ownDirectory();
    const { path, settings } = settingsIn(join(directory, 'new', 'place'));
    expect((await settings.save({ graceMs: 300 })).ok).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const link = join(directory, 'settings.json');
    symlinkSync(path, link);
    const linked = openSettings({ path: link, environment: {} });
    expect((await linked.save({ graceMs: 400 })).ok).toBe(true);
    expect(json(path)).toEqual({ graceMs: 400 });
    expect(readdirSync(join(directory, 'new', 'place'))).toEqual(['settings.json']);
  });

  it.skipIf(!canMount)('returns an error on a full or read-only disk, and keeps the old file', async () => {
    const disk = smallDisk(16);
    const { path, settings } = settingsIn(disk.directory);
    expect((await settings.save({ graceMs: 300 })).ok).toBe(true);
    expect(() => writeFileSync(join(disk.directory, 'filler'), Buffer.alloc(64_000))).toThrow();
    const full = await settings.save({ startCommand: 'x'.repeat(4_000) });
    expect(full).toMatchObject({ ok: false, error: { code: 'disk-full', path } });
    expect(!full.ok && fieldErrorsOf(full.error)[0]?.message).toContain('the disk is full');
    disk.makeReadOnly();
    expect(await settings.save({ graceMs: 500 })).toMatchObject({ ok: false, error: { code: 'read-only' } });
    expect(json(path)).toEqual({ graceMs: 300 });
    expect(settings.current().graceMs).toBe(300);
    expect(readdirSync(disk.directory).sort()).toEqual(['filler', 'settings.json']);
  });

  it.skipIf(!canMount)('does not overwrite a broken file that it could not move aside', async () => {
    const disk = smallDisk(64);
    const { path, settings } = settingsIn(disk.directory);
    writeFileSync(path, '{ broken');
    disk.makeReadOnly();
    const { settings: used, problems } = await settings.load();
    expect(used).toEqual(DEFAULT_SETTINGS);
    expect(problems).toMatchObject([{ code: 'broken-file' }]);
    expect(await settings.save({ graceMs: 300 })).toMatchObject({ ok: false, error: { code: 'read-only' } });
    disk.makeWritable();
    expect(readFileSync(path, 'utf8')).toBe('{ broken');
  });
});

describe('watching the settings file', () => {
  it('reports a change and a removal, and nothing else', async () => {
    const { path, settings } = settingsIn(ownDirectory());
    await settings.load();
    expect(await settings.reloadIfChanged()).toBeNull();
    writeFileSync(path, '{"graceMs": 300}');
    expect((await settings.reloadIfChanged())?.settings.graceMs).toBe(300);
    expect(await settings.reloadIfChanged()).toBeNull();
    await settings.save({ graceMs: 400 });
    expect(await settings.reloadIfChanged()).toBeNull();
    rmSync(path);
    expect((await settings.reloadIfChanged())?.settings).toEqual(DEFAULT_SETTINGS);
  });

  it('reports a file that became broken only once', async () => {
    const directory = ownDirectory();
    const { path, settings } = settingsIn(directory);
    await settings.load();
    writeFileSync(path, '{"graceMs": ');
    expect((await settings.reloadIfChanged())?.problems).toMatchObject([{ code: 'broken-file' }]);
    expect(await settings.reloadIfChanged()).toBeNull();
    expect(asides(directory)).toHaveLength(1);
  });
});
