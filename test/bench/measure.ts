import { Bench } from 'tinybench';

/** One line of the table: a figure, what it is a multiple of, and how far it should reach. */
export interface Row {
  what: string;
  reference: string;
  /** The goal, as text; `null` for a figure without a goal. */
  reach: string | null;
  /** The figure as the table shows it, with its unit. */
  figure: string;
  reached: boolean | null;
  /** Medians, rounds and circumstances behind the figure. */
  details: Readonly<Record<string, number | string>>;
}

/** A group of rows that share a stage; it cleans up after itself. */
export type Measurement = (tell: (words: string) => void) => Promise<Row[]>;

/** The middle of the samples; the mean of the two middle ones when their number is even. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = [...samples].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The rounds behind every median, unless a row says otherwise. */
export const ROUNDS = 25;

/**
 * Times the tasks A B A B and gives the median of each in milliseconds. tinybench runs a task's samples in one go, so each round
 * is a run of its own with one sample a task: other load on the machine affects all of them alike.
 */
export async function interleave<Name extends string>(
  tasks: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds = ROUNDS,
): Promise<Record<Name, number>> {
  const names = Object.keys(tasks) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const bench = new Bench({ iterations: 1, time: 0, warmup: false, retainSamples: true, throws: true });
    for (const name of names) bench.add(name, async () => void (await tasks[name]()));
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (!('latency' in result)) throw new Error(`${name} was not measured`);
      samples.get(name as Name)?.push(...(result.latency.samples ?? []));
    }
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, median(taken)])) as Record<Name, number>;
}

/** A row whose figure is a multiple of a reference in the same run. */
export function ratioRow(
  what: string,
  reference: string,
  reach: number | null,
  [own, other]: readonly [number, number],
  details: Row['details'] = {},
): Row {
  const ratio = own / other;
  return {
    what,
    reference,
    reach: reach === null ? null : `at most ${reach}x`,
    figure: `${ratio.toFixed(2)}x`,
    reached: reach === null ? null : ratio <= reach,
    details: { ...details, ownMs: round(own), referenceMs: round(other) },
  };
}

/** Three decimals: enough for milliseconds and shares. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
