import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../electron/engine/clock.ts';
import { createHandshakeLock } from '../../../electron/engine/connect/handshake-lock.ts';
import { type DoctorParts, examine } from '../../../electron/engine/doctor/doctor.ts';
import { gatewayProgram } from '../../../electron/engine/observe/process/programs.ts';
import type { ToolPaths } from '../../../electron/engine/platform/run/tools.ts';
import type { Platform, ProcessTable } from '../../../electron/engine/platform/types.ts';
import { openSettings } from '../../../electron/engine/record/settings/file.ts';
import type { DoctorCheck } from '../../../shared/doctor.ts';
import { type Result, success } from '../../../shared/result.ts';
import type { WatchedPort } from '../../../shared/settings/settings.ts';
import type { Problem } from '../../../shared/snapshot.ts';
import { runSexton } from '../../support/sexton.ts';
import {
  hasPython,
  IBC_COSTUME,
  liveSession,
  NO_PYTHON,
  openScene,
  type Scene,
  sparePort,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { thisPlatform } from '../../support/system.ts';

let folder: string;
let server: Server | null = null;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sexton-doctor-')));
});
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Hides the Gateways of other tests, and of the person who runs them. */
function withGateways(platform: Platform, pids: readonly number[]): Platform {
  const hide = (found: Result<ProcessTable, Problem>): Result<ProcessTable, Problem> =>
    found.ok
      ? success(new Map([...found.value].filter(([pid, one]) => pids.includes(pid) || gatewayProgram(one) === null)))
      : found;
  return { ...platform, readProcesses: async () => hide(await platform.readProcesses()) };
}

/** The doctor on this machine, with a home and tools of the test's own, and of all Gateways only those that the test names. */
async function look(
  ports: readonly number[],
  { tools, text = '', gateways = [], ...more }: Partial<DoctorParts> & { text?: string; gateways?: number[] } = {},
): Promise<(id: string) => DoctorCheck> {
  const path = join(folder, 'settings.json');
  const watched: WatchedPort[] = ports.map((port) => ({ port, label: 'test' }));
  writeFileSync(path, text || JSON.stringify({ ports: watched, lockPath: join(folder, 'connect.lock') }));
  const file = openSettings({ path, environment: {}, settleMs: 1 });
  const { problems } = await file.load();
  const platform = withGateways(thisPlatform(tools ? { tools } : {}), gateways);
  const report = await examine({
    platform,
    clock: systemClock,
    settings: file,
    settingsProblems: problems,
    directories: { config: folder, state: folder, logs: folder },
    lock: createHandshakeLock({ platform }),
    home: folder,
    environment: { PATH: folder },
    command: null,
    app: null,
    ...(tools ? { tools } : {}),
    ...more,
  });
  expect(report.ok).toBe(report.checks.every(({ status }) => status !== 'failed'));
  for (const { status, fix, detail } of report.checks) {
    if (status === 'failed') expect(fix).toBeTruthy();
    expect(detail).not.toMatch(/undefined|NaN|\.\./);
  }
  return (id) => {
    const found = report.checks.find((check) => check.id === id);
    if (!found) throw new Error(`no check ${id}`);
    return found;
  };
}

/** A program of that name in the test's folder. */
function program(name: string, text: string): Partial<ToolPaths> {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return { [name]: [path] };
}

describe('sexton doctor', () => {
  it('lists every tool with path, version and duration, and says that Sexton works here', async () => {
    const { code, stdout, stderr } = await runSexton(['doctor', '--json']);
    const report = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(report).toMatchObject({ ok: true });
    expect(code).toBe(0);
    const ids = report.checks.map(({ id }: DoctorCheck) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const lsof = report.checks.find(({ id }: DoctorCheck) => id === 'tool-lsof');
    expect(lsof.detail).toMatch(/^\/\S*lsof · \d[\w.]* · \d+ ms$/);
  });

  it('prints a table with the fix below each failed check, and exits with 1 if one failed', async () => {
    const fine = await runSexton(['doctor']);
    expect(fine.stdout).toMatch(/✓ System +(Linux|macOS)/);
    expect(fine.stdout).toMatch(/Sexton works here\./);
    writeFileSync(join(folder, 'settings.json'), '{ "ports": 7497 }');
    const wrong = await runSexton(['doctor'], { home: folder });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/✗ Settings .*ports/);
    expect(wrong.stdout).toContain(`→ "\${EDITOR:-nano}" ${folder}/settings.json`);
    expect(wrong.stdout).toContain('1 thing Sexton needs does not work here.');
  });
});

describe('the doctor about tools', () => {
  it('says how to install a missing lsof', async () => {
    const of = await look([], { tools: { lsof: [join(folder, 'none')] } });
    expect(of('tool-lsof')).toMatchObject({ status: 'failed', detail: expect.stringContaining('lsof was not found') });
    expect(of('tool-lsof').fix).toMatch(/install|update/);
    expect(of('owners').status).toBe('failed');
  });

  it.each([
    ['of no bytes', '', 'prints nothing at all'],
    ['that is something else', '#!/bin/sh\necho hello\n', 'does not look like lsof'],
  ])('does not trust a tool %s', async (_, text, words) => {
    const of = await look([], { tools: program('lsof', text) });
    expect(of('tool-lsof')).toMatchObject({ status: 'failed', detail: expect.stringContaining(words) });
  });

  it('notices an lsof that lists nothing although the kernel has sockets of this user', async () => {
    const port = await sparePort();
    server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const silent = program('lsof', '#!/bin/sh\n[ "$1" = -v ] && echo "revision: 4.95.0"\nexit 1\n');
    const of = await look([port], { tools: silent });
    expect(of('tool-lsof').status).toBe('ok');
    expect(of('owners').status).toBe('failed');
    expect((await look([port]))('owners').status).toBe('ok');
  });
});

describe("the doctor about Sexton's own files", () => {
  it('fails an invalid setting, and warns about an unknown one', async () => {
    const of = await look([], { text: '{"intervalMs": 1, "grrr": 2}' });
    expect(of('settings')).toMatchObject({ status: 'failed', detail: expect.stringContaining('intervalMs') });
    expect((await look([], { text: '{"grrr": 2}' }))('settings').status).toBe('warning');
  });

  it('fails a journal that cannot be written, and shows the size of one that can', async () => {
    writeFileSync(join(folder, 'file'), '');
    const logs = join(folder, 'file', 'logs');
    const of = await look([], { directories: { config: folder, state: folder, logs } });
    expect(of('journal')).toMatchObject({ status: 'failed', fix: `mv ${folder}/file ${folder}/file.old` });
    const size = await look([]);
    expect(size('journal').detail).toContain('nothing recorded yet');
    writeFileSync(join(folder, 'journal.jsonl'), 'x'.repeat(2_000_000));
    writeFileSync(join(folder, 'journal.1.jsonl'), 'x'.repeat(500_000));
    expect((await look([]))('journal').detail).toContain('2.5 MB in 2 files');
  });

  it('finds the sexton command in the PATH, or says how to put it there', async () => {
    const missing = await look([], { command: join(folder, 'My Sexton.app/Contents/Resources/bin/sexton') });
    if (missing('path').status !== 'ok') {
      expect(missing('path').fix).toMatch(/ln -s '.*My Sexton\.app\/Contents\/Resources\/bin\/sexton' \S+\/sexton$/);
    }
    program('sexton', '#!/bin/sh\n');
    expect((await look([]))('path')).toMatchObject({ status: 'ok', detail: join(folder, 'sexton') });
  });
});

describe.skipIf(!hasPython)(`the doctor, checking the Gateway,${hasPython ? '' : ` (skipped: ${NO_PYTHON})`}`, () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await openScene();
  });
  afterEach(() => scene.close());

  it('names the listener of each port, and never connects', async () => {
    const gateway = await startGateway(scene, IBC_COSTUME);
    const bot = await startBot(scene, { gateway });
    await liveSession(gateway, bot);
    const of = await look([gateway.port], { gateways: [gateway.pid] });
    expect(of('ports').detail).toBe(`Listening: ${gateway.port} (test) by IB Gateway (${gateway.pid}).`);
    expect(of('gateway-api').status).toBe('ok');
    expect(of('owners')).toMatchObject({ status: 'ok', detail: expect.stringContaining('3 descriptors') });
    expect(of('ibc')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('/home/edemo/ibc/config.ini'),
    });
    expect(of('ibc').fix).toBe(`mkdir -p ${folder}/ibc && cp /home/edemo/ibc/config.ini ${folder}/ibc/config.ini`);
    expect(JSON.stringify([of('ibc'), of('ports')])).not.toMatch(/edemouser|secretpass/);
    expect((await gateway.count()).accepted).toBe(1);
  });

  it('warns about a Gateway that listens outside the watched ports, or not at all', async () => {
    const gateway = await startGateway(scene, IBC_COSTUME);
    const of = await look([await sparePort()], { gateways: [gateway.pid] });
    expect(of('gateway-api')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining(`listens on ${gateway.port}`),
    });
    expect(of('gateway-api').fix).toContain(`sexton status --port ${gateway.port}`);
    await gateway.unlisten();
    const off = await look([await sparePort()], { gateways: [gateway.pid] });
    expect(off('gateway-api').fix).toContain('Enable ActiveX and Socket Clients');
  });

  it("reads the port of IBC's command server, and nothing else from its file", async () => {
    mkdirSync(join(folder, 'ibc'));
    writeFileSync(join(folder, 'ibc/config.ini'), 'IbPassword=secretpass\nCommandServerPort=7462\n');
    const of = await look([]);
    expect(of('ibc')).toMatchObject({ status: 'ok', detail: expect.stringContaining('command server on port 7462') });
    expect(of('ibc').detail).not.toContain('secretpass');
  });

  it('names the holder of the handshake lock', async () => {
    const bot = await startBot(scene);
    const lockPath = join(folder, 'connect.lock');
    await bot.lock(lockPath);
    expect((await look([]))('lock').detail).toContain(`held by runner_async.py (${bot.pid})`);
  });
});
