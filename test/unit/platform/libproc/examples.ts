import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What test/support/mac/libproc/layout.c prints. */
interface Layout {
  structs: Record<string, Record<string, number>>;
  examples: Record<string, string>;
}

const FILE = join(import.meta.dirname, '../../../fixtures/macos/libproc/layout.json');
export const layout = JSON.parse(readFileSync(FILE, 'utf8')) as Layout;

/** The bytes of one of the example structs; a copy that a test may damage. */
export function example(name: string): Buffer {
  const hex = layout.examples[name];
  if (hex === undefined) throw new Error(`layout.c prints no example ${name}`);
  return Buffer.from(hex, 'hex');
}
