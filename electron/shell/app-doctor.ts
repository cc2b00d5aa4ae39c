import type { AppInfo } from '../../shared/bridge.ts';
import type { DoctorCheck, DoctorReport } from '../../shared/doctor.ts';
import type { ScanState } from '../../shared/snapshot.ts';
import { problemSentence } from '../../shared/wording-clean.ts';

const LOOK_WORDS: Readonly<Record<ScanState['kind'], { status: DoctorCheck['status']; detail: string }>> = {
  ok: { status: 'ok', detail: 'The last look saw every watched port and every owner.' },
  degraded: { status: 'warning', detail: 'The connections are counted, but not every owner is known.' },
  stale: { status: 'warning', detail: 'There was no look lately: Sexton is paused, asleep or just starting.' },
  failed: { status: 'failed', detail: 'The connections cannot be read, so nothing is known of them.' },
};

/**
 * What the running app itself knows to work or not to work. It vouches only for what it has seen: notifications are mentioned
 * once one has failed, because a silent system says nothing about the next one.
 */
export function appDoctor(scan: ScanState, info: AppInfo, now: Date): DoctorReport {
  const look = LOOK_WORDS[scan.kind];
  const problems = scan.problems.map(problemSentence);
  const checks: DoctorCheck[] = [
    {
      id: 'look',
      title: 'Seeing the connections',
      status: look.status,
      detail: look.detail,
      fix: problems.length === 0 ? null : problems.join(' '),
    },
  ];
  if (info.notificationProblem !== null) {
    const fix = info.platform === 'darwin' ? 'Allow Sexton under System Settings, Notifications.' : null;
    checks.push({
      id: 'notifications',
      title: 'Notifications',
      status: 'failed',
      detail: info.notificationProblem,
      fix,
    });
  }
  if (info.settingsProblem !== null) {
    checks.push({ id: 'settings', title: 'Settings file', status: 'warning', detail: info.settingsProblem, fix: null });
  }
  return { ok: checks.every(({ status }) => status !== 'failed'), at: now.toISOString(), checks };
}
