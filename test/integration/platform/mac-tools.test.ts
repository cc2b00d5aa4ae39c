/** The built command on the stand-ins of Apple's tools, without libproc: what it finds, what it stops, and how many tools that takes. */
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { type AppleTool, noMac } from '../../support/mac/as-mac.ts';
import { type MacScene, openMacScene } from '../../support/mac/scene.ts';
import {
  type BotOptions,
  clientZombies,
  noOtherUser,
  OTHER_UID,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';

const PORT = 4002;
const opened: MacScene[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(...settings: Parameters<typeof openMacScene>): Promise<MacScene> {
  const world = await openMacScene(...settings);
  opened.push(world);
  return world;
}

async function withZombies(world: MacScene, bots: readonly BotOptions[]) {
  const gateway = await startGateway(world.scene, { ports: [PORT] });
  const started = [];
  for (const options of bots) {
    const bot = await startBot(world.scene, options);
    await clientZombies(gateway, bot);
    started.push(bot);
  }
  return { gateway, bots: started };
}

async function status(world: MacScene): Promise<{ snapshot: Snapshot; code: number | null }> {
  const run = await world.sexton(['status', '--json', '--port', String(PORT)]);
  expect(run.stderr).toBe('');
  return { snapshot: JSON.parse(run.stdout) as Snapshot, code: run.code };
}

function countCalls({ mac }: MacScene): Partial<Record<AppleTool, number>> {
  const counts: Partial<Record<AppleTool, number>> = {};
  for (const { tool } of mac.calls()) counts[tool] = (counts[tool] ?? 0) + 1;
  return counts;
}

describe.skipIf(noMac !== null)(`on macOS without libproc${noMac ? `: ${noMac}` : ''}`, () => {
  it.each<[string, BotOptions]>([
    ['by the bare name python3', { argv0: 'python3' }],
    ['from a venv by a relative path', { program: '.venv/bin/python3', argv0: './.venv/bin/python3' }],
    ['and gave itself a title', { argv0: 'bot: waiting for the market' }],
    ['in a folder with an accent', { program: 'josé/bin/python3' }],
  ])('stops a bot that was started %s', async (_, options) => {
    const world = await open();
    const { bots } = await withZombies(world, [options]);
    const { snapshot } = await status(world);
    expect(snapshot.owners.map(({ verdict }) => verdict)).toEqual([{ kind: 'cleanable', reason: 'python' }]);
    const run = await world.sexton(['clean', '--yes', '--json', '--port', String(PORT)]);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, stopped: [{ pid: bots[0]?.pid }], remaining: 0 });
    expect(await bots[0]?.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('never stops a process whose executable was deleted', async () => {
    const world = await open();
    const { bots } = await withZombies(world, [{ program: 'bin/python3', argv0: 'python3' }]);
    rmSync(world.scene.path('bin/python3'));
    const run = await world.sexton(['clean', '--yes', '--json', '--port', String(PORT)]);
    expect(JSON.parse(run.stdout)).toMatchObject({ stopped: [], refused: [{ code: 'unproven' }] });
    expect(bots[0]?.puppet.alive).toBe(true);
  });

  it('shows a name with an accent as it is', async () => {
    const world = await open();
    await withZombies(world, [{ script: 'josé/runner_é.py' }]);
    const { snapshot } = await status(world);
    expect(snapshot.owners[0]?.process.name).toBe('runner_é.py');
  });

  it('takes a netstat that prints nothing for an empty table when no process has a socket either', async () => {
    const { snapshot, code } = await status(await open());
    expect(snapshot).toMatchObject({ level: 'clear', scan: { kind: 'ok' }, ports: [{ listening: false }] });
    expect(code).toBe(0);
  });

  it.skipIf(noOtherUser !== null)(
    `counts what processes hold where macOS 27 hides the table, and never calls that clear${noOtherUser ? `: ${noOtherUser}` : ''}`,
    async () => {
      // The tools see what that user sees: root would be shown everything.
      const world = await open({ version: '27', netstatSees: 'nothing', uid: OTHER_UID });
      const gateway = await startGateway(world.scene, { ports: [PORT], uid: OTHER_UID });
      const before = await status(world);
      expect(before).toMatchObject({ code: 3, snapshot: { level: 'notice', scan: { kind: 'degraded' } } });
      const bot = await startBot(world.scene, { uid: OTHER_UID });
      await clientZombies(gateway, bot, 2);
      const { snapshot, code } = await status(world);
      expect(snapshot).toMatchObject({ level: 'notice', scan: { kind: 'degraded' } });
      expect(snapshot.ports[0]?.zombies).toMatchObject({ client: 2 });
      expect(code).toBe(1);
    },
  );

  it('does not wait for a network volume that does not answer', async () => {
    const world = await open({ deadMounts: ['/Volumes/nas'] });
    await withZombies(world, [{}]);
    const { snapshot } = await status(world);
    expect(snapshot.scan.kind).toBe('ok');
    expect(snapshot.scan.durationMs).toBeLessThan(8_000);
  });

  it('runs few tools for a look and for a clean of three bots', async () => {
    const world = await open();
    const names = ['one.py', 'two.py', 'three.py'];
    await withZombies(
      world,
      names.map((script) => ({ script })),
    );
    world.mac.forgetCalls();
    await status(world);
    const look = countCalls(world);
    world.mac.forgetCalls();
    const run = await world.sexton(['clean', '--yes', '--json', '--port', String(PORT)]);
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, remaining: 0 });
    const clean = countCalls(world);
    // Two reads 250 ms apart, each with its backlogs; the holders, and the executables of processes not seen before.
    expect(look.netstat).toBe(4);
    expect(look.lsof).toBeLessThanOrEqual(2);
    expect(look.ps).toBeLessThanOrEqual(2);
    // 14 and 7 where nothing else runs. A proof that has grown old on a busy machine is read again: up to three times for a signal.
    expect(clean.ps).toBeLessThanOrEqual(28);
    expect(clean.lsof).toBeLessThanOrEqual(14);
  });
});
