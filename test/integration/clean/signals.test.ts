import { chmodSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileMutex } from '../../../electron/engine/record/files/mutex.ts';
import { openJournal } from '../../../electron/engine/record/journal/journal.ts';
import { SETTLE_MS } from '../../../shared/settings/settings.ts';
import { LEFT_ALONE } from '../../../shared/words/clean.ts';
import { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';
import { realEngine } from '../../support/real-engine.ts';
import {
  type Bot,
  clientZombies,
  exists,
  type Gateway,
  hasPython,
  NO_PYTHON,
  noNetworkNamespaces,
  openScene,
  runs,
  type Scene,
  startBot,
  startGateway,
} from '../../support/simulator/index.ts';
import { thisPlatform } from '../../support/system.ts';
import { until } from '../../support/until.ts';

const isLinux = process.platform === 'linux';
const title = (name: string, problem: string | null | false) => (problem ? `${name} (skipped: ${problem})` : name);

let stage: Scene;
let gateway: Gateway;
beforeEach(async () => {
  stage = await openScene();
  gateway = await startGateway(stage);
});
afterEach(() => stage.close());

async function zombieBot(options: Parameters<typeof startBot>[1] = {}): Promise<Bot> {
  const bot = await startBot(stage, { gateway, ...options });
  await clientZombies(gateway, bot);
  return bot;
}

/** A tool of the test's own: a script in the place of lsof or ss. */
function tool(name: string, body: string): { tools: Record<string, string[]> } {
  const path = stage.path(`${name}-${Math.random().toString(36).slice(2)}`);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return { tools: { [name]: [path] } };
}

describe.skipIf(!hasPython)(title('signals of a clean', !hasPython && NO_PYTHON), () => {
  it('are one SIGTERM for obedient bots, and SIGKILL after the grace for one that ignores it', async () => {
    const obedient = await zombieBot();
    const slow = await zombieBot({ sigterm: { exitAfterMs: 300 } });
    const stubborn = await zombieBot({ sigterm: 'ignore' });
    const { plan, clean, signals, journal } = realEngine({ ports: gateway.ports, settings: { graceMs: 800 } });
    const made = await plan();
    const result = await clean(made);
    expect(await obedient.puppet.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await slow.puppet.exited).toEqual({ code: 0, signal: null });
    expect(await stubborn.puppet.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(signals().sort()).toEqual(
      [...[obedient, slow, stubborn].map(({ pid }) => `${pid} SIGTERM sent`), `${stubborn.pid} SIGKILL sent`].sort(),
    );
    expect(result).toMatchObject({ ok: true, remaining: 0, refused: [] });
    const sent = journal.flatMap((entry) =>
      entry.event === 'signal_sent' && entry.process.pid === stubborn.pid ? [Date.parse(entry.at)] : [],
    );
    const waited = (sent[1] ?? 0) - (sent[0] ?? 0);
    expect(waited).toBeGreaterThanOrEqual(800);
  });

  it('are not sent before the youngest zombie is 3 s old', async () => {
    const bot = await startBot(stage, { gateway });
    const before = Date.now();
    await clientZombies(gateway, bot);
    const { plan, clean, journal } = realEngine({ ports: gateway.ports });
    const made = await plan();
    // The zombie is at most as old as the time since it was made; the kernel counts in ticks of up to 10 ms.
    expect(made.settlesInMs).toBeGreaterThanOrEqual(SETTLE_MS - (Date.now() - before) - 20);
    expect(made.settlesInMs).toBeLessThanOrEqual(SETTLE_MS);
    await clean(made);
    const sent = journal.find(({ event }) => event === 'signal_planned');
    expect(Date.parse(sent?.at ?? '') - before).toBeGreaterThanOrEqual(SETTLE_MS - 20);
  });

  it('do not reach a target that ended, closed its zombie or became another program since the plan', async () => {
    const ended = await zombieBot();
    const closed = await zombieBot();
    const { plan, clean, signals } = realEngine({ ports: gateway.ports });
    const made = await plan();
    expect(made.targets).toHaveLength(2);
    await ended.crash();
    await closed.disconnect();
    const result = await clean(made);
    expect(signals()).toEqual([]);
    expect(result).toMatchObject({ ok: true, remaining: 0, stopped: [], refused: [] });
    expect(runs(closed.pid)).toBe(true);
  });

  it.skipIf(noNetworkNamespaces)(
    title('spare a pid that another bot has taken over', noNetworkNamespaces),
    async () => {
      const first = await zombieBot();
      const { plan, clean, signals } = realEngine({ ports: gateway.ports });
      const made = await plan();
      await first.crash();
      await until(() => !exists(first.pid));
      const heir = await zombieBot({ pid: first.pid });
      expect(heir.pid).toBe(first.pid);
      const result = await clean(made);
      expect(signals()).toEqual([]);
      expect(result.refused).toEqual([
        { pid: first.pid, name: 'runner_async.py', code: 'replaced', reason: LEFT_ALONE.replaced },
      ]);
      expect(result.remaining).toBe(1);
      expect(runs(heir.pid)).toBe(true);
    },
  );

  it.skipIf(noNetworkNamespaces)(
    title('spare a pid that changes hands between the journal’s line and the signal', noNetworkNamespaces),
    async () => {
      const first = await zombieBot();
      let heir: Bot | null = null;
      const { plan, clean, journal } = realEngine({
        ports: gateway.ports,
        journal: async (entry) => {
          if (entry.event === 'signal_planned' && heir === null) {
            await first.crash();
            await until(() => !exists(first.pid));
            heir = await zombieBot({ pid: first.pid });
          }
          return true;
        },
      });
      const result = await clean(await plan());
      expect(result.stopped).toEqual([]);
      expect(journal.find(({ event }) => event === 'signal_sent')).toMatchObject({ outcome: 'withheld' });
      expect(runs(first.pid)).toBe(true);
    },
  );

  it('are withheld from a target that opened a session after the plan', async () => {
    const bot = await zombieBot();
    const { plan, clean, signals } = realEngine({ ports: gateway.ports });
    const made = await plan();
    await bot.connect();
    const result = await clean(made);
    expect(signals()).toEqual([]);
    expect(result.refused.map(({ reason }) => reason)).toEqual([PROTECTED_WORDS['live-session']]);
    expect(runs(bot.pid)).toBe(true);
  });

  it('are withheld from a target that opened a session while the clean waited for the journal’s lock', async () => {
    const bot = await zombieBot();
    const mutex = createFileMutex(thisPlatform().flock, stage.path('journal.lock'));
    const real = openJournal({ directory: stage.path('logs'), mutex });
    const held = await mutex.acquire(1_000);
    if (!held.ok) throw new Error(held.error.detail);
    let waits = false;
    const { plan, clean, signals, journal } = realEngine({
      ports: gateway.ports,
      journal: async (entry) => {
        waits = true;
        return (await real.append(entry, { durable: true })).ok;
      },
    });
    const cleaning = clean(await plan());
    await until(() => waits);
    await bot.connect();
    await held.value();
    const result = await cleaning;
    expect(result.refused).toMatchObject([{ pid: bot.pid, code: 'live-session' }]);
    expect(signals()).toEqual([]);
    expect(journal.find(({ event }) => event === 'signal_sent')).toMatchObject({
      outcome: 'withheld',
      detail: 'live-session',
    });
    expect(runs(bot.pid)).toBe(true);
  });

  it('are not planned for a bot whose connection a protected process holds too', async () => {
    const bot = await zombieBot();
    const child = await bot.leak({ script: 'notes.py' });
    const other = await zombieBot();
    const { plan, clean } = realEngine({ ports: gateway.ports, settings: { botNames: ['runner*'] } });
    const made = await plan();
    expect(made.targets.map(({ process }) => process.pid)).toEqual([other.pid]);
    expect(made.frees).toBe(1);
    expect(made.refused.find(({ process }) => process.pid === bot.pid)).toMatchObject({
      reason: 'frees-nothing',
      text: `Stopping it would free nothing: notes.py (${child}) holds the same connection and is protected.`,
    });
    expect(await clean(made)).toMatchObject({ ok: false, remaining: 1, stopped: [{ pid: other.pid }] });
    expect([bot.pid, child].map(runs)).toEqual([true, true]);
  });

  it('are not planned for a forked worker that inherited the zombie of a bot with a live session', async () => {
    const bot = await zombieBot();
    const worker = await bot.leak();
    await bot.connect();
    const { plan } = realEngine({ ports: gateway.ports });
    const made = await plan();
    expect(made.targets).toEqual([]);
    expect(made.refused.map(({ process }) => process.pid).sort()).toEqual([bot.pid, worker].sort());
    expect(made.frees).toBe(0);
  });

  it('name in their plan what else the target serves', async () => {
    const bot = await zombieBot();
    const port = await bot.listen();
    const visitor = await startBot(stage, { gateway, script: 'runner_visitor.py' });
    await visitor.connect({ port, greet: false, wait: false });
    const { plan } = realEngine({ ports: gateway.ports });
    expect((await plan()).targets).toMatchObject([{ process: { pid: bot.pid }, serves: [{ port, clients: 1 }] }]);
  });

  it('do not reach a child that inherited the zombie; the next plan names it', async () => {
    const bot = await zombieBot();
    const child = await bot.leak({ script: 'runner_child.py', close: true });
    const { plan, clean, engine } = realEngine({ ports: gateway.ports });
    const made = await plan();
    expect(made.targets.map(({ process }) => [process.pid, process.name])).toEqual([[child, 'runner_child.py']]);
    expect(made.frees).toBe(1);
    const second = await bot.leak({ script: 'runner_other.py' });
    expect(second).toBeGreaterThan(0);
    await clean(made);
    expect(runs(child)).toBe(false);
    expect((await engine.scan()).owners).toEqual([]);
  });

  it('reach both holders of one socket, which is counted once', async () => {
    const bot = await zombieBot();
    const child = await bot.leak({ script: 'runner_child.py' });
    const { plan, clean } = realEngine({ ports: gateway.ports });
    const made = await plan();
    expect(made.targets.map(({ process }) => process.pid).sort()).toEqual([bot.pid, child].sort());
    expect(made.frees).toBe(1);
    const result = await clean(made);
    expect(result).toMatchObject({ ok: true, remaining: 0 });
    expect(result.stopped).toHaveLength(2);
  });
});

describe.skipIf(!hasPython)(title('a scan that is blind', !hasPython && NO_PYTHON), () => {
  it.each([
    ['missing', () => ({ tools: { lsof: ['/nonexistent/lsof'] } }), /sudo apt install lsof|was not found/],
    ['hanging', () => ({ ...tool('lsof', 'exec sleep 60'), timeoutMs: 500 }), /no answer within/],
    ['garbled', () => tool('lsof', 'echo "it is a fine day"'), /check the lsof program/],
    ['failing', () => tool('lsof', 'echo "lsof: out of luck" >&2; exit 2'), /out of luck/],
    ['empty and content', () => tool('lsof', 'exit 0'), /reinstall lsof/],
  ])('because lsof is %s still counts, is degraded, makes no plan and names the fix', async (_, platform, hint) => {
    const bot = await zombieBot();
    const { engine, signals } = realEngine({ ports: gateway.ports, platform: platform() });
    const snapshot = await engine.scan();
    expect(snapshot.scan.kind).toBe('degraded');
    expect(snapshot.ports[0]?.zombies).toEqual({ client: 1, gateway: 0, total: 1 });
    expect(snapshot.owners).toEqual([]);
    expect(snapshot.unattributed).toBeNull();
    const plan = await engine.plan({ purpose: 'zombies', includeLive: [bot.pid] });
    expect(plan.ok ? plan.value.targets : plan.error).toMatchObject({
      code: 'cannot-see',
      hint: expect.stringMatching(hint),
    });
    expect(signals()).toEqual([]);
    expect(runs(bot.pid)).toBe(true);
  });

  it('because lsof silently lists nothing is degraded and finds no target', async () => {
    const bot = await zombieBot();
    const { engine } = realEngine({ ports: gateway.ports, platform: tool('lsof', 'exit 1') });
    const snapshot = await engine.scan();
    expect(snapshot.scan).toMatchObject({ kind: 'degraded', problems: [{ code: 'tool-failed', tool: 'lsof' }] });
    expect(snapshot.ports[0]?.zombies.total).toBe(1);
    expect(snapshot.unattributed).toBe(1);
    const plan = await engine.plan({ purpose: 'zombies', includeLive: [] });
    expect(plan.ok ? plan.value.targets : []).toEqual([]);
    expect(runs(bot.pid)).toBe(true);
  });

  it.skipIf(!isLinux)('because lsof falls silent after the plan leads to no signal', async () => {
    const bot = await zombieBot();
    const silent = stage.path('silent');
    const { plan, clean, signals } = realEngine({
      ports: gateway.ports,
      platform: tool('lsof', `[ -e ${silent} ] && exit 1; exec /usr/bin/lsof "$@"`),
    });
    const made = await plan();
    expect(made.targets).toHaveLength(1);
    writeFileSync(silent, '');
    const result = await clean(made);
    expect(signals()).toEqual([]);
    expect(result).toMatchObject({
      ok: false,
      remaining: 1,
      refused: [{ pid: bot.pid, reason: PROTECTED_WORDS.unproven }],
    });
  });

  it.skipIf(!isLinux)('because lsof reports wrong pids leads to no signal', async () => {
    const innocent = await startBot(stage, { gateway, script: 'runner_innocent.py' });
    const bot = await zombieBot();
    const { plan } = realEngine({
      ports: gateway.ports,
      platform: tool('lsof', `/usr/bin/lsof "$@" | sed -z 's/^\\(\\n*\\)p${bot.pid}$/\\1p${innocent.pid}/'`),
    });
    const made = await plan();
    expect(made.targets).toEqual([]);
    expect(made.refused.map(({ process, reason }) => [process.pid, reason])).toEqual([[innocent.pid, 'unproven']]);
  });

  it.skipIf(!isLinux)('to a live session that lsof hides gets it from the kernel, and the bot is refused', async () => {
    const bot = await zombieBot();
    await bot.connect();
    const { plan } = realEngine({
      ports: gateway.ports,
      // A set of lines without the state is none, and one that says CLOSE_WAIT is no session.
      platform: tool('lsof', `/usr/bin/lsof "$@" | sed 's/TST=ESTABLISHED/TST=CLOSE_WAIT/g'`),
    });
    const made = await plan();
    expect(made.targets).toEqual([]);
    expect(made.refused).toMatchObject([{ process: { pid: bot.pid }, reason: 'live-session' }]);
  });

  it.skipIf(!isLinux)(
    'because the kernel’s table cannot be read has failed, knows no number and makes no plan',
    async () => {
      await zombieBot();
      const { engine } = realEngine({
        ports: gateway.ports,
        platform: { tools: { ss: ['/nonexistent/ss'] }, procNet: '/nonexistent' },
      });
      const snapshot = await engine.scan();
      expect(snapshot.level).toBe('blind');
      expect(snapshot.scan.kind).toBe('failed');
      expect(snapshot.ports).toMatchObject([
        { listening: null, closing: null, established: null, backlog: null, jammed: null, zombies: { total: null } },
      ]);
      expect(await engine.plan({ purpose: 'zombies', includeLive: [] })).toMatchObject({
        ok: false,
        error: { code: 'cannot-see' },
      });
    },
  );

  it.skipIf(!isLinux)('because ss is missing reads the same from /proc', async () => {
    const bot = await zombieBot();
    const { engine, plan, clean } = realEngine({
      ports: gateway.ports,
      platform: { tools: { ss: ['/nonexistent/ss'] } },
    });
    const snapshot = await engine.scan();
    expect(snapshot.ports[0]?.zombies).toEqual({ client: 1, gateway: 0, total: 1 });
    expect(snapshot.owners).toMatchObject([{ process: { pid: bot.pid }, verdict: { kind: 'cleanable' } }]);
    expect(await clean(await plan())).toMatchObject({ ok: true, remaining: 0 });
  });
});
