import { describe, expect, it } from 'vitest';
import { type AdviceFacts, NO_FACTS } from '../../../shared/advice/facts.ts';
import { restartTrigger } from '../../../shared/advice/trigger.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { snapshot } from '../terminal/support.ts';
import { port, UNKNOWN, zombies } from './support.ts';

const facts = (more: Partial<AdviceFacts>): AdviceFacts => ({ ...NO_FACTS, ...more });
const offered = (more: Partial<Snapshot>, known = NO_FACTS) => restartTrigger(snapshot(more), known);
const open = { ...snapshot().breaker, state: 'open' as const };

describe('offering the guide', () => {
  it('is right for a jammed Gateway', () => {
    expect(offered({ ports: [port({ jammed: true })] })).toBe('jammed');
  });

  it('is right when the Gateway holds zombies and bots fail, and wrong while they connect', () => {
    const ports = [port(zombies(0, 3))];
    expect(offered({ ports })).toBeNull();
    expect(offered({ ports }, facts({ failuresAfterClean: 1 }))).toBe('connects-fail');
    expect(offered({ ports, breaker: open })).toBe('connects-fail');
    expect(offered({ ports, runnerBreaker: open })).toBe('connects-fail');
  });

  it('is right when connects keep failing after cleans', () => {
    expect(offered({ ports: [port()] }, facts({ failuresAfterClean: 1 }))).toBeNull();
    expect(offered({ ports: [port()] }, facts({ failuresAfterClean: 2 }))).toBe('connects-fail');
  });

  it('is wrong however often a bot calls connect() twice (501 "Already connected")', () => {
    expect(offered({ ports: [port()] }, facts({ alreadyConnected: 30 }))).toBeNull();
  });

  it('is wrong while the Gateway is stopped or restarts, and while Sexton cannot see', () => {
    const bad = facts({ failuresAfterClean: 9, alreadyConnected: 9 });
    expect(offered({ ports: [port({ listening: false })], breaker: open }, bad)).toBeNull();
    expect(offered({ ports: [UNKNOWN], scan: { ...snapshot().scan, kind: 'failed' } }, bad)).toBeNull();
  });
});
