import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeLine } from '../../../electron/terminal/commands/watch/change-line.ts';
import { render, renderAll } from '../../../electron/terminal/screen/paint.ts';
import { widthOf } from '../../../electron/terminal/screen/text.ts';
import { planView } from '../../../electron/terminal/views/plan.ts';
import { resultView } from '../../../electron/terminal/views/result.ts';
import { snapshotView } from '../../../electron/terminal/views/snapshot.ts';
import type { Level, PortState, Snapshot } from '../../../shared/snapshot.ts';
import { BLIND, cleanResult, GATEWAY, NOW, owner, plan, portState, processRef, SEVEN, snapshot } from './support.ts';

function view(shown: Snapshot, columns = 100): string {
  return renderAll(snapshotView(shown, { columns }, NOW), { columns, colour: false }).join('\n');
}

describe('snapshotView', () => {
  it('describes a machine without zombies in a few lines', () => {
    expect(view(snapshot())).toBe(`✓ Clear
No zombie connections.
2 live sessions on 4002.

  PORT                ZOMBIES  BOTS  GATEWAY  SESSIONS
● 7497 TWS paper            0     0        0         0
● 4002 Gateway paper        0     0        0         2

Checked 2 s ago · 4 ms`);
  });

  it('shows the owners of the zombies, whether they can be cleaned, and why not', () => {
    const text = view(SEVEN);
    expect(text).toContain('▲ Warning · 7 zombie connections');
    expect(text).toContain('○ 7496 TWS live             0     0        0         0   not listening');
    expect(text).toMatch(/3 {2}runner_async\.py {6}Can clean\n {5}pid 4312 · 7497 · oldest 12 min/);
    expect(text).toMatch(/2 {2}IB Gateway {11}Protected/);
    expect(text).toContain('Left by app.py (4001).');
    expect(text).toMatch(/1 {2}research\.py {10}Live session\n.*1 live session/);
    expect(text).toContain('→ Cleaning frees 4 of the 7 connections.');
  });

  it.each([
    ['clear', '✓ Clear'],
    ['notice', '● Notice'],
    ['warning', '▲ Warning'],
    ['critical', '■ Critical'],
    ['blind', '? Cannot see'],
  ] satisfies [Level, string][])('shows the level %s by shape and word', (level, mark) => {
    expect(view(snapshot({ level })).split('\n')[0]).toBe(mark);
  });

  it('never shows an unknown count as 0', () => {
    const text = view(BLIND);
    expect(text).toContain('? Cannot see');
    expect(text).toMatch(/\? 7497 TWS paper {8}\? {5}\? {8}\? {9}\?/);
    expect(text).toContain('! ss is missing. Install iproute2.');
    expect(text).not.toMatch(/\b0\b/);
  });

  it('says whether the Gateway behind a forwarded port is visible, hidden, or left out on purpose', () => {
    const forwarder = processRef(812, 'docker-proxy');
    const forwarded = (zombies: PortState['zombies'], level: Level) =>
      view(snapshot({ level, ports: [portState(4002, 'Gateway paper', 0, 0, { forwarder, zombies })] }));
    const hidden = forwarded({ client: 0, gateway: null, total: null }, 'notice');
    expect(hidden).toContain('The Gateway behind docker-proxy (812) on 4002 cannot be seen.');
    expect(hidden).toMatch(/4002 Gateway paper {8}\? {5}0 {8}\? {9}0\n.*its Gateway cannot be seen/);
    expect(forwarded({ client: 0, gateway: null, total: 0 }, 'clear')).toContain(
      "forwarded by docker-proxy (812), the bots' side only",
    );
    expect(forwarded({ client: 0, gateway: 0, total: 0 }, 'clear')).toMatch(/forwarded by docker-proxy \(812\)$/m);
  });

  it('shows connections to machines that are not watched', () => {
    const processes = [processRef(4312, 'runner_async.py')];
    const elsewhere = [{ address: '10.9.9.2', port: 4002, zombies: 12, established: 0, processes }];
    const text = view(snapshot({ level: 'notice', elsewhere }));
    expect(text).toContain('Bots have 12 zombie connections to 10.9.9.2:4002, which is not watched.');
    expect(text).toContain('! 12 zombie connections to 10.9.9.2:4002, by runner_async.py (4312): not watched.');
  });

  it('keeps both sides apart on a narrow terminal', () => {
    const heading = view(SEVEN, 40)
      .split('\n')
      .find((line) => line.includes('PORT'));
    expect(heading).toBe('  PORT                BOTS  GATEWAY');
  });

  it('puts the notes of a port below it if there is no room beside it', () => {
    const jammed = snapshot({ ports: [portState(4002, 'Gateway paper', 0, 0, { jammed: true, backlog: 4 })] });
    expect(view(jammed, 100)).toContain('0   not answering · 4 not accepted yet');
    expect(view(jammed, 40)).toContain('\n  not answering · 4 not accepted yet');
  });

  it('says which owners are unknown', () => {
    expect(view(snapshot({ unattributed: 2 }))).toContain('2 connections held by processes Sexton cannot see.');
    expect(view(snapshot({ unattributed: null }))).toContain('Sexton cannot see which process holds which connection.');
  });

  it('shows breaker, lock, guide and pause while there is something to say', () => {
    const text = view(
      snapshot({
        paused: true,
        breaker: { ...snapshot().breaker, state: 'open', failures: 5, retryAt: '2025-12-06T14:02:44.000Z' },
        lock: {
          ...snapshot().lock,
          kind: 'held',
          holder: processRef(4312, 'runner_async.py'),
          since: '2025-12-06T14:01:59.000Z',
          waiters: [processRef(4377, 'app.py')],
        },
        restart: { step: 3, startedAt: '2025-12-06T14:00:00.000Z', waitingFor: '2 sockets left', steps: [] },
      }),
    );
    expect(text).toContain('Circuit breaker: Open · Next attempt in 0:42');
    expect(text).toContain('Handshake lock: Held · runner_async.py (4312) for 3 s · app.py (4377) waits');
    expect(text).toContain('Guided restart: step 3 of 5, 2 sockets left');
    expect(text).toContain('Watching is paused.');
  });

  it('uses colours only where they are allowed', () => {
    const lines = snapshotView(SEVEN, { columns: 80 }, NOW);
    expect(renderAll(lines, { columns: 80, colour: false }).join('')).not.toContain('\u001b');
    expect(renderAll(lines, { columns: 80, colour: true })[0]).toContain('\u001b[33m▲ Warning\u001b[0m');
  });

  it('lets no name, label, command line or hint control the terminal or exceed the width', () => {
    const evil = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(evil, evil, fc.integer({ min: 20, max: 120 }), (one, other, columns) => {
        const shown = snapshot({
          ...SEVEN,
          ports: [portState(7497, one, 1), portState(4002, other, 0, 1)],
          owners: [owner(processRef(1, one, other), 1, { culprits: [processRef(2, other)] })],
          advice: { kind: 'clean', text: one },
          scan: { ...SEVEN.scan, problems: [{ code: 'tool-failed', tool: one, hint: other }] },
        });
        const lines = renderAll(snapshotView(shown, { columns }, NOW), { columns, colour: false });
        for (const line of lines) {
          expect(line).not.toMatch(/\p{Cc}/u);
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
        }
      }),
      { seed: 7496, numRuns: 60 },
    );
  });
});

describe('planView', () => {
  const text = (shown: Parameters<typeof planView>[0], columns = 100) =>
    renderAll(planView(shown, { columns }), { columns, colour: false }).join('\n');

  it('says what will be stopped, what will not be touched, and why', () => {
    const shown = text(plan());
    expect(shown).toContain('Would stop 1 bot and free 3 connections.');
    expect(shown).toMatch(/WILL BE STOPPED\n {2}3 {2}runner_async\.py {2}Stop\n {5}pid 4312 · 7497 · started/);
    expect(shown).toMatch(/WILL NOT BE TOUCHED\n {2}1 {2}research\.py {2}Live session/);
    expect(shown).toContain('It has a live API session and may be trading.');
    expect(shown).toContain('sexton clean --include 901');
  });

  it('says that stopping ends live sessions, and what it still waits for', () => {
    const [target] = plan().targets;
    const shown = text(
      plan({
        targets: target ? [{ ...target, sessions: 2 }] : [],
        addsGatewaySide: 2,
        settlesInMs: 1_200,
        graceMs: 15_000,
      }),
    );
    expect(shown).toContain('Ends 2 live sessions.');
    expect(shown).toContain('this adds 2 gateway-side connections');
    expect(shown).toContain('after 15 s');
    expect(shown).toContain('Sexton acts on a connection once it is 3 s old, in another 1 s.');
  });

  it('offers to include a process only if a person may override the refusal', () => {
    const [refusal] = plan().refused;
    const gateway = refusal && { ...refusal, process: GATEWAY, liftable: false, reason: 'gateway-listener' as const };
    const shown = text(plan({ targets: [], refused: gateway ? [gateway] : [] }));
    expect(shown).toContain('There is no bot to stop.');
    expect(shown).toContain('Protected');
    expect(shown).not.toContain('--include');
  });
});

describe('resultView', () => {
  const text = (result: Parameters<typeof resultView>[0]) =>
    renderAll(resultView(result, { columns: 100 }), { columns: 100, colour: false }).join('\n');

  it('says how each bot ended, what was refused and what remains', () => {
    expect(
      text(
        cleanResult({ refused: [{ pid: 655, name: 'IB Gateway', code: 'gateway-listener', reason: 'It listens.' }] }),
      ),
    ).toBe(
      `✓ runner_async.py (4312): Stopped with SIGTERM.
- IB Gateway (655) was not touched: It listens.
✓ Stopped 1 bot. No zombie connections remain.
Verified after 0.4 s.`,
    );
  });

  it('does not call an unknown remainder clean', () => {
    expect(
      text(cleanResult({ ok: false, remaining: null, message: 'The remaining connections could not be counted.' })),
    ).toContain('? The remaining connections could not be counted.');
  });
});

describe('changeLine', () => {
  it('describes a change in one plain line', () => {
    expect(render(changeLine(SEVEN), { columns: Number.POSITIVE_INFINITY, colour: false })).toBe(
      '2025-12-06T14:02:00.000Z  Warning  7 zombies (bots 5, Gateway 2)  Three bots left 5 connections. IB Gateway holds 2 more.',
    );
    expect(render(changeLine(BLIND), { columns: Number.POSITIVE_INFINITY, colour: false })).toContain('count unknown');
  });
});
