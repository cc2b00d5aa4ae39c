import type { DoctorCheck } from '../../../shared/doctor.ts';

/** What a check found: its status, the details, and the fix. */
export type Finding = Omit<DoctorCheck, 'id' | 'title'>;

/** All is well. */
export function fine(detail: string): Finding {
  return { status: 'ok', detail, fix: null };
}

/** Sexton works, but less well than it could. */
export function careful(detail: string, fix: string | null): Finding {
  return { status: 'warning', detail, fix };
}

/** Something Sexton needs does not work; `fix` is the exact command or click. */
export function broken(detail: string, fix: string): Finding {
  return { status: 'failed', detail, fix };
}

/** Adds the id and the title to a finding. */
export function check(id: string, title: string, finding: Finding): DoctorCheck {
  return { id, title, ...finding };
}

/** A path quoted for a shell. */
export function shellPath(path: string): string {
  return /^[\w./~+@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
