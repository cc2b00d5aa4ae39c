import { useState } from 'react';
import type { HistoryEvent, HistoryPoint } from '../../shared/history.ts';
import { clockTime, dayTime } from '../../shared/words/format.ts';
import { countWords } from '../frame/frame-words.ts';
import { chartRows } from './chart-data.ts';

/** The chart as a table, for people who cannot see it or want the numbers. */
export function HistoryTable({ points, range }: { points: readonly HistoryPoint[]; range: '24h' | '7d' }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="chart-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Show as a table</summary>
      {open && (
        <table className="sockets">
          <caption className="unseen">The peak number of zombie connections in each period</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Bots</th>
              <th scope="col">Gateway</th>
            </tr>
          </thead>
          <tbody>
            {chartRows(points, range).map(({ at, client, gateway }) => (
              <tr key={at}>
                <td>{range === '24h' ? clockTime(at) : dayTime(at)}</td>
                <td>{countWords(client)}</td>
                <td>{countWords(gateway)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

/** How many events are shown at first; the rest on request. */
const FIRST = 20;

/** What happened, newest first. */
export function HistoryEvents({ events }: { events: readonly HistoryEvent[] }) {
  const [all, setAll] = useState(false);
  const newest = [...events].sort((one, other) => (one.at < other.at ? 1 : -1));
  const shown = all ? newest : newest.slice(0, FIRST);
  return (
    <section aria-labelledby="events-title">
      <h2 className="list-title" id="events-title">
        Events
      </h2>
      {events.length === 0 && <p className="lead">No events in this period.</p>}
      {events.length > 0 && (
        <ul className="card events">
          {shown.map((event, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two events may be equal in every part
            <li key={`${event.at} ${place}`} data-kind={event.kind}>
              <time dateTime={event.at}>{dayTime(event.at)}</time>
              <span>{event.text}</span>
            </li>
          ))}
        </ul>
      )}
      {shown.length < events.length && (
        <p className="act-note">
          <button type="button" className="link" onClick={() => setAll(true)}>
            Show {events.length - shown.length} more
          </button>
        </p>
      )}
    </section>
  );
}
