import { describe, expect, it } from 'vitest';
import { isLiftable } from '../../../shared/liftable.ts';
import type { ProtectedReason } from '../../../shared/snapshot.ts';
import { includeWarning } from '../../../shared/words/plan.ts';
import { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';

const LIFTABLE = new Set<ProtectedReason>(['live-session', 'interactive']);

describe('what a person may lift for one process', () => {
  it.each(Object.keys(PROTECTED_WORDS) as ProtectedReason[])('%s', (reason) => {
    expect(isLiftable({ kind: 'protected', reason })).toBe(LIFTABLE.has(reason));
  });

  it('is kinship too, where the verdict says so, and never what is cleanable anyway', () => {
    expect(isLiftable({ kind: 'protected', reason: 'gateway-family', liftable: true })).toBe(true);
    expect(isLiftable({ kind: 'cleanable', reason: 'python' })).toBe(false);
  });

  it('is warned of with the reason, the sessions that end and what they leave behind', () => {
    const process = { pid: 5, startedAt: '', uid: 501, name: 'app.py', commandLine: '' };
    expect(includeWarning({ process, sessions: 2, text: 'It may be trading.' })).toBe(
      'It may be trading. Stopping app.py ends its 2 live sessions. The Gateway does not close its end, so this adds 2 gateway-side connections that only a restart clears.',
    );
    expect(includeWarning({ process, sessions: 0, text: 'It is a notebook.' })).toBe('It is a notebook.');
  });
});
