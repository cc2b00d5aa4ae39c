/** One line of `sexton doctor`: what was looked at, how it is, and the exact command or click that mends it. */
export interface DoctorCheck {
  id: string;
  title: string;
  status: 'ok' | 'warning' | 'failed';
  detail: string;
  /** `null` when there is nothing to mend. */
  fix: string | null;
}

export interface DoctorReport {
  ok: boolean;
  at: string;
  checks: DoctorCheck[];
}
