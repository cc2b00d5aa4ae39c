import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockTime } from '../../shared/words/format.ts';
import { countWords } from '../frame/frame-words.ts';
import type { ChartColumns } from './chart-data.ts';

const HEIGHT = 150;

/** Zombies over time, the Gateway's below and the bots' on top of it. The table beside it says the same. */
export function HistoryChart({
  columns,
  summary,
  range,
}: {
  columns: ChartColumns;
  summary: string;
  range: '24h' | '7d';
}) {
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const scheme = useScheme();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chart reads its colours from the scheme's tokens
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const chart = new uPlot(
      options(element, range, (index) => setPointed(index)),
      columns,
      element,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [columns, range, scheme]);

  return (
    <figure className="chart">
      <div role="img" aria-label={summary} className="chart-place" ref={place} />
      <figcaption className="chart-key">
        <span className="key" data-side="client">
          Bots
        </span>
        <span className="key" data-side="gateway">
          Gateway
        </span>
        <span className="chart-read">{pointed === null ? '' : readOut(columns, pointed)}</span>
      </figcaption>
    </figure>
  );
}

function readOut([times, gateway, total]: ChartColumns, index: number): string {
  const at = times[index];
  if (at === undefined) return '';
  const held = gateway[index] ?? null;
  const all = total[index] ?? null;
  const bots = all === null || held === null ? null : all - held;
  return `${clockTime(new Date(at * 1_000).toISOString())} · bots ${countWords(bots)} · Gateway ${countWords(held)}`;
}

/** Changes when the system goes from light to dark or to more contrast, so that the canvas is redrawn. */
function useScheme(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'];
    const lists = queries.map((query) => matchMedia(query));
    const next = () => setTurn((before) => before + 1);
    for (const list of lists) list.addEventListener('change', next);
    return () => {
      for (const list of lists) list.removeEventListener('change', next);
    };
  }, []);
  return turn;
}

function options(element: HTMLElement, range: '24h' | '7d', onPoint: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const grid = { stroke: token('--line'), width: 1 };
  const axis = { stroke: token('--soft'), font, grid, ticks: { show: false } };
  const steps = uPlot.paths.stepped?.({ align: 1 });
  const series = (name: string, color: string, fill: string): uPlot.Series => ({
    label: name,
    stroke: color,
    width: 1.5,
    fill,
    points: { show: false },
    ...(steps === undefined ? {} : { paths: steps }),
  });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(4, Math.ceil((high ?? 0) * 1.15))] } },
    series: [
      {},
      series('Gateway', token('--gateway'), token('--gateway-fill')),
      series('Bots and Gateway', token('--bots'), token('--bots-fill')),
    ],
    bands: [{ series: [2, 1], fill: token('--bots-fill') }],
    axes: [
      {
        ...axis,
        size: 24,
        gap: 4,
        space: 60,
        values: (_chart, ticks) => ticks.map((tick) => tickWords(tick * 1_000, range)),
      },
      { ...axis, size: 30, gap: 4, space: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] },
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}

function tickWords(at: number, range: '24h' | '7d'): string {
  const date = new Date(at);
  if (range === '7d') return date.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric' });
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}
