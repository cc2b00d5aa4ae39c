import process from 'node:process';
import { describeHost } from './hosts.ts';

/** Before the first spec: says which host the specs run on, and fails at once if there is none. */
export function setup(): void {
  describeHost((line) => process.stdout.write(`${line}\n`));
}
