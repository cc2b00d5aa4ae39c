import { createInterface } from 'node:readline';
import type { Io, Output } from '../screen/io.ts';

/**
 * Asks a yes-or-no question on the terminal. Only "y" or "yes" means yes; an empty line, the end of the input and Ctrl-C
 * mean no.
 */
export function confirm(question: string, output: Output, io: Io): Promise<boolean> {
  output.write(`${question} [y/N] `);
  const reader = createInterface({ input: io.input, terminal: false });
  return new Promise((resolve) => {
    const settle = (answer: boolean) => {
      removeInterrupt();
      reader.off('close', onEnd);
      reader.close();
      resolve(answer);
    };
    const onEnd = () => {
      output.write('\n');
      settle(false);
    };
    const removeInterrupt = io.onInterrupt(onEnd);
    reader.once('line', (line) => settle(/^\s*y(es)?\s*$/i.test(line)));
    reader.once('close', onEnd);
  });
}
