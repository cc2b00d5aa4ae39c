import { describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../electron/engine/api.ts';
import { runTerminal } from '../../../electron/terminal/run.ts';
import { cutToHeight, LiveScreen } from '../../../electron/terminal/screen/live-screen.ts';
import { span } from '../../../electron/terminal/screen/paint.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { until } from '../../support/until.ts';
import { BLIND, DIRECTORIES, fakeEngine, fakeIo, opener, recorder, SEVEN, snapshot } from './support.ts';

/** A watch over a fake engine: `publish` is what the engine does after a scan. */
function startWatch(args: readonly string[], terminal?: { columns: number; rows: number }) {
  const io = fakeIo(terminal);
  const listeners = new Set<(next: Snapshot, previous: Snapshot) => void>();
  let current = snapshot();
  const stop = vi.fn(async () => undefined);
  const engine = fakeEngine({
    stop,
    snapshot: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    plan: vi.fn<Engine['plan']>(),
    clean: vi.fn<Engine['clean']>(),
  });
  const open = vi.fn(opener(engine));
  const publish = (next: Snapshot) => {
    const previous = current;
    current = next;
    for (const listener of listeners) listener(next, previous);
  };
  const ended = runTerminal(['watch', ...args], '1', {
    io,
    open,
    directories: DIRECTORIES,
  });
  const watching = until(() => listeners.size > 0, { what: 'a listener' });
  return { io, engine, open, publish, stop, ended, watching };
}

describe('watch into a pipe', () => {
  it('prints a line for the first scan and for each change, as JSON', async () => {
    const { io, publish, ended, watching, stop, engine } = startWatch(['--json']);
    await watching;
    publish({ ...snapshot(), seq: 2, at: '2025-12-06T14:02:05.000Z' });
    publish(SEVEN);
    publish({ ...SEVEN, seq: 9, scan: { ...SEVEN.scan, durationMs: 99 } });
    publish(BLIND);
    io.interrupt();
    expect(await ended).toBe(0);
    const lines = io.out.text().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['clear', 'warning', 'blind']);
    expect(stop).toHaveBeenCalledOnce();
    expect(engine.plan).not.toHaveBeenCalled();
    expect(engine.clean).not.toHaveBeenCalled();
  });

  it('prints a plain line per change without --json and without a terminal', async () => {
    const { io, publish, ended, watching } = startWatch([]);
    await watching;
    publish(SEVEN);
    io.interrupt();
    await ended;
    expect(io.out.text()).toMatch(
      /^\S+ {2}Clear {2}0 zombies .*\n\S+ {2}Warning {2}7 zombies \(bots 5, Gateway 2\).*\n$/,
    );
  });

  it('passes the interval and the ports to the engine', async () => {
    const { io, open, ended, watching } = startWatch(['--interval', '0.5', '--port', '4002', '--json']);
    await watching;
    io.interrupt();
    await ended;
    expect(open).toHaveBeenCalledWith({ program: 'command', ports: [4002], flags: { intervalMs: 500 } });
  });
});

describe('watch on a terminal', () => {
  const size = { columns: 60, rows: 30 };

  it.each(['q', 'Q', '\u0003'])('ends with 0 on the key %j and restores the screen', async (key) => {
    const { io, ended, watching } = startWatch([], size);
    await watching;
    expect(io.exitListeners()).toBe(1);
    io.input.write(key);
    expect(await ended).toBe(0);
    const text = io.out.text();
    expect(text.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(text).toContain('Sexton · watching · press q to quit');
    expect(text.indexOf('\u001b[?25h')).toBeGreaterThan(0);
    expect(text.split('\u001b[?1049l')).toHaveLength(2);
    expect(io.exitListeners()).toBe(0);
  });

  it('leaves the last snapshot on the normal screen', async () => {
    const { io, publish, ended, watching } = startWatch([], size);
    await watching;
    publish(SEVEN);
    io.interrupt();
    await ended;
    expect(io.out.text().split('\u001b[?1049l')[1]).toMatch(/^▲ Warning · 7 zombie connections\n/);
  });

  it('redraws after a change of size', async () => {
    const { io, ended, watching } = startWatch([], size);
    await watching;
    const before = io.out.text().length;
    io.out.resize();
    expect(io.out.text().slice(before)).toContain('Sexton · watching');
    io.interrupt();
    await ended;
  });
});

describe('LiveScreen', () => {
  const lines = (...texts: string[]) => texts.map((text) => [span(text)]);

  it('writes a frame over the last one in one go and erases only what follows it', () => {
    const out = recorder({ columns: 20, rows: 5 });
    const screen = new LiveScreen(out);
    screen.enter();
    const before = out.text().length;
    screen.draw(lines('one', 'two'));
    expect(out.text().slice(before)).toBe('\u001b[?2026h\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J\u001b[?2026l');
  });

  it('writes nothing if nothing changed, and everything after a refresh', () => {
    const out = recorder({ columns: 20, rows: 5 });
    const screen = new LiveScreen(out);
    screen.enter();
    screen.draw(lines('one'));
    const drawn = out.text();
    screen.draw(lines('one'));
    expect(out.text()).toBe(drawn);
    screen.refresh();
    screen.draw(lines('one'));
    expect(out.text().length).toBeGreaterThan(drawn.length);
  });

  it('draws nothing after it has left the screen, and leaves it once', () => {
    const out = recorder({ columns: 20, rows: 5 });
    const screen = new LiveScreen(out);
    screen.enter();
    screen.leave();
    const left = out.text();
    screen.leave();
    screen.draw(lines('late'));
    expect(out.text()).toBe(left);
  });

  it('counts the lines that do not fit the height', () => {
    expect(cutToHeight(lines('1', '2', '3', '4'), 3).map((line) => line[0]?.text)).toEqual([
      '1',
      '2',
      '… 2 more lines: make the window taller',
    ]);
    expect(cutToHeight(lines('1', '2', '3'), 3)).toHaveLength(3);
  });
});
