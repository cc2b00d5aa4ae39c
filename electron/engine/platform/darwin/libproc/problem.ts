import type { Problem } from '../../../../../shared/snapshot.ts';

/** Why nothing of what libproc says is used. */
export function unusable(detail: string): Problem {
  const hint = `libproc is not used: ${detail}; lsof and ps are used in its place. Please report your macOS version`;
  return { code: 'output-unreadable', tool: 'libproc', hint };
}
