import { followGuide, type GuideLook } from '../../../shared/restart/guide.ts';
import { beginGuide, type GuideState } from '../../../shared/restart/state.ts';
import type { PortState, ProcessRef, RestartBot, Verdict } from '../../../shared/snapshot.ts';

/** Saturday, 6 December 2025, 14:00 UTC. */
export const START = Date.parse('2025-12-06T14:00:00.000Z');

export function process(pid: number, name: string, startedAt = '2025-12-06T08:00:00.000Z'): ProcessRef {
  return { pid, startedAt, uid: 501, name, commandLine: `python3 /home/me/bots/${name}` };
}

export const GATEWAY = process(655, 'IB Gateway');
export const NEXT_GATEWAY = process(900, 'IB Gateway', '2025-12-06T14:05:00.000Z');

export function port(more: Partial<PortState> = {}): PortState {
  const listening = more.listening ?? true;
  return {
    port: 4002,
    label: 'Gateway paper',
    gateway: listening ? GATEWAY : null,
    backlog: 0,
    jammed: false,
    zombies: { client: 0, gateway: 0, total: 0 },
    closing: 0,
    established: 0,
    forwarder: null,
    ...more,
    listening,
  };
}

/** A port of which nothing is known. */
export const UNKNOWN = {
  ...port(),
  listening: null,
  gateway: null,
  zombies: { client: null, gateway: null, total: null },
  closing: null,
  established: null,
  forwarder: null,
};

export function zombies(client: number, gateway: number): Partial<PortState> {
  return { zombies: { client, gateway, total: client + gateway } };
}

export function bot(pid: number, verdict: Verdict = { kind: 'cleanable', reason: 'python' }, sessions = 0): RestartBot {
  return { process: process(pid, 'runner_async.py'), folder: '/home/me/bots', sessions, verdict };
}

export function look(more: Partial<GuideLook> = {}): GuideLook {
  return { ports: [port()], bots: [], strangers: [], sessions: [], ...more };
}

export const AWAY = look({ ports: [port({ listening: false })] });
export const BACK = look({ ports: [port({ gateway: NEXT_GATEWAY })] });
export const ANSWERED = look({
  ports: [port({ gateway: NEXT_GATEWAY, established: 1 })],
  sessions: [{ port: 4002, answered: true }],
});

/** A guide that is shown one look after the other, with so many seconds between them. */
export class Walk {
  state: GuideState = beginGuide(START);
  wall = START;
  last: GuideLook = look();

  see(next: GuideLook, seconds = 1): this {
    this.wall += seconds * 1_000;
    this.last = next;
    this.state = followGuide(this.state, next, { wall: this.wall, passedMs: seconds * 1_000 });
    return this;
  }

  /** Which steps are done, as "11000". */
  get done(): string {
    return this.state.steps.map(({ done }) => (done ? '1' : '0')).join('');
  }
}
