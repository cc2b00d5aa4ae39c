import type { Output } from '../screen/io.ts';

const TICK_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** Shows what Sexton is doing while the work lasts: with a running clock on a terminal, otherwise as one plain line. */
export async function withProgress<Value>(words: string, output: Output, work: Promise<Value>): Promise<Value> {
  if (!output.isTTY) {
    output.write(`${words}\n`);
    return work;
  }
  let ticks = 0;
  const show = () => {
    output.write(`${CLEAR_LINE}${words} ${((ticks * TICK_MS) / 1_000).toFixed(1)} s`);
    ticks += 1;
  };
  show();
  const timer = setInterval(show, TICK_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    output.write(CLEAR_LINE);
  }
}
