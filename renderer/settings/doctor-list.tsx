import { useCallback, useEffect, useState } from 'react';
import type { DoctorCheck, DoctorReport } from '../../shared/doctor.ts';
import { clockTimeExact, counted } from '../../shared/words/format.ts';
import { CopyLine } from '../frame/copy-line.tsx';
import { Icon, type IconName } from '../frame/icons.tsx';
import { usePanel } from '../panel-context.ts';

const ICONS: Readonly<Record<DoctorCheck['status'], IconName>> = {
  ok: 'check',
  warning: 'warning',
  failed: 'critical',
};

const WORDS: Readonly<Record<DoctorCheck['status'], string>> = { ok: 'OK', warning: 'Warning', failed: 'Failed' };

const GRAVITY: Readonly<Record<DoctorCheck['status'], number>> = { failed: 0, warning: 1, ok: 2 };

/** What works on this machine and what does not, with the fix for each. */
export function DoctorList() {
  const { client } = usePanel();
  const [report, setReport] = useState<DoctorReport | 'asking' | 'lost'>('asking');
  const ask = useCallback(() => {
    setReport('asking');
    client.app.doctor().then(setReport, () => setReport('lost'));
  }, [client]);
  useEffect(ask, [ask]);

  if (report === 'asking') return <p className="lead">Checking this machine…</p>;
  const again = (
    <p className="act-note">
      <button type="button" className="link" onClick={ask}>
        Check again
      </button>
    </p>
  );
  if (report === 'lost') {
    return (
      <>
        <p className="lead">Sexton did not answer.</p>
        {again}
      </>
    );
  }
  const checks = [...report.checks].sort((one, other) => GRAVITY[one.status] - GRAVITY[other.status]);
  const open = checks.filter(({ status }) => status !== 'ok').length;
  return (
    <>
      <p className="lead">
        {open === 0 ? 'Everything works.' : `${counted(open, 'check')} ${open === 1 ? 'needs' : 'need'} attention.`}{' '}
        <span className="soft">Checked at {clockTimeExact(report.at)}.</span>
      </p>
      <ul className="card checks">
        {checks.map((check) => (
          <Check key={check.id} check={check} />
        ))}
      </ul>
      {again}
    </>
  );
}

function Check({ check: { title, status, detail, fix } }: { check: DoctorCheck }) {
  return (
    <li className="check" data-status={status}>
      <span className="check-mark">
        <Icon name={ICONS[status]} size={13} />
        <span className="unseen">{WORDS[status]}:</span>
      </span>
      <div>
        <b>{title}</b>
        <p>{detail}</p>
        {fix !== null && <CopyLine command={fix} name={`the fix for ${title}`} />}
      </div>
    </li>
  );
}
