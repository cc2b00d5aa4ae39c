/** Paths of a sparkline: one line and one area for each stretch in which the count was known. */
export interface SparkPaths {
  lines: string[];
  areas: string[];
}

/** Draws counts, oldest first, into a box of this size; a `null` count leaves a gap. */
export function sparkPaths(counts: readonly (number | null)[], width: number, height: number): SparkPaths {
  const known = counts.filter((count) => count !== null);
  const most = Math.max(4, ...known);
  const x = (index: number) => (counts.length < 2 ? width : (index * width) / (counts.length - 1)).toFixed(1);
  const y = (count: number) => (height - 2 - (count / most) * (height - 6)).toFixed(1);
  const paths: SparkPaths = { lines: [], areas: [] };
  let stretch: { index: number; count: number }[] = [];
  const close = (): void => {
    const [first] = stretch;
    const last = stretch.at(-1);
    if (first !== undefined && last !== undefined) {
      const corners = stretch.map(({ index, count }) => `${x(index)} ${y(count)}`).join('L');
      // A stretch of one point is drawn as a dot: a line of no length with round ends.
      paths.lines.push(`M${corners}${stretch.length === 1 ? 'h0' : ''}`);
      paths.areas.push(`M${corners}L${x(last.index)} ${height}L${x(first.index)} ${height}Z`);
    }
    stretch = [];
  };
  counts.forEach((count, index) => {
    if (count === null) close();
    else stretch.push({ index, count });
  });
  close();
  return paths;
}

/** The same in words: where the hour began, its most, and where it is now. */
export function sparkSummary(counts: readonly (number | null)[]): string {
  const known = counts.filter((count) => count !== null);
  const [first] = known;
  const last = counts.at(-1);
  if (first === undefined) return 'Last hour: no data yet';
  const unknown = counts.length - known.length;
  const end = last === null || last === undefined ? 'unknown now' : `${last} now`;
  const gaps = unknown === 0 ? '' : `, unknown for ${unknown} of ${counts.length} points`;
  return `Last hour: from ${first} to ${end}, at most ${Math.max(...known)}${gaps}`;
}
