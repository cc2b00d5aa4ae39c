import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../shared/snapshot.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

describe('the app’s own program in terminal mode', () => {
  it('answers beside the running app, with its settings, and leaves it alone', async () => {
    const gateway = await desk.gateway();
    desk.settings({ ports: [{ port: gateway.port, label: 'Gateway paper' }] });
    const host = await desk.start();
    const { code, stdout } = await host.terminal(['status', '--json']);
    expect(code).toBe(0);
    const snapshot = JSON.parse(stdout) as Snapshot;
    expect(snapshot.ports.map(({ port }) => port)).toEqual([gateway.port]);
    const { tray, panel } = await host.state();
    expect(tray).not.toBeNull();
    expect(panel).toBeNull();
  });

  it('passes on exit codes', async () => {
    desk.settings({});
    const host = await desk.start();
    expect((await host.terminal(['status', '--port', '70000'])).code).toBe(64);
  });
});
