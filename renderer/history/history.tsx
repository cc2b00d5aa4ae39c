import { useEffect, useMemo, useState } from 'react';
import type { HistoryView } from '../../shared/history.ts';
import { UNKNOWN } from '../frame/frame-words.ts';
import { useNow, usePanel } from '../panel-context.ts';
import { chartColumns, chartSummary, historyTotals } from './chart-data.ts';
import { HistoryChart } from './history-chart.tsx';
import { HistoryEvents, HistoryTable } from './history-lists.tsx';

type Range = '24h' | '7d';
const RANGES: readonly { range: Range; label: string }[] = [
  { range: '24h', label: '24 hours' },
  { range: '7d', label: '7 days' },
];

/** The history: a chart of both sides, how well cleans went, and what happened. */
export function HistoryScreen() {
  const { client } = usePanel();
  const [range, setRange] = useState<Range>('24h');
  const [view, setView] = useState<{ range: Range; history: HistoryView } | null>(null);
  const minute = useNow(60_000);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the record grows by a point each minute
  useEffect(() => {
    let wanted = true;
    client.history.get({ range }).then(
      (history) => wanted && setView({ range, history }),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [client, range, minute]);

  return (
    <div className="history">
      <fieldset className="segments">
        <legend className="unseen">Range</legend>
        {RANGES.map(({ range: one, label }) => (
          <label key={one} className="segment">
            <input type="radio" name="range" checked={one === range} onChange={() => setRange(one)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {view === null ? (
        <p className="lead">Loading the history…</p>
      ) : (
        <Recorded history={view.history} range={view.range} />
      )}
    </div>
  );
}

function Recorded({ history, range }: { history: HistoryView; range: Range }) {
  const columns = useMemo(() => chartColumns(history.points), [history]);
  const totals = historyTotals(history);
  const summary = chartSummary(history.points);
  return (
    <>
      <section className="card chart-card" aria-labelledby="chart-title">
        <h2 id="chart-title" className="unseen">
          Zombie connections
        </h2>
        {history.points.length > 0 && <HistoryChart columns={columns} summary={summary} range={range} />}
        <p className="chart-summary">{summary}</p>
        {history.points.length > 0 && <HistoryTable points={history.points} range={range} />}
      </section>
      <dl className="figures">
        <Figure name="Cleanups" value={String(totals.cleanups)} />
        <Figure
          name="Success rate"
          value={totals.cleanRate === null ? UNKNOWN : `${Math.round(totals.cleanRate * 100)} %`}
        />
        <Figure name="Attempts" value={String(totals.connectAttempts)} />
        <Figure name="Retries" value={String(totals.connectRetries)} />
      </dl>
      <HistoryEvents events={history.events} />
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
