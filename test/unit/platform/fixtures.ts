import { readFileSync } from 'node:fs';
import type { TcpRow } from '../../../electron/engine/platform/types.ts';

/** A captured or documented output of a tool. */
export function fixture(path: string): string {
  return readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');
}

/** A row as one line, for tables of expectations. */
export function line(row: Pick<TcpRow, 'state' | 'local' | 'remote'>): string {
  const far = row.remote === null ? '' : ` -> ${row.remote.address} ${row.remote.port}`;
  return `${row.state} ${row.local.address} ${row.local.port}${far}`;
}
