import type { Endpoint } from '../types.ts';

/**
 * An address in this program's normal form: no brackets, no zone (`%lo0`), lower case, v4-mapped IPv6 as its IPv4
 * address, and `*` for any.
 */
export function normaliseAddress(text: string): string {
  const bare = text
    .replace(/%.*$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  if (bare === '0.0.0.0' || bare === '::' || bare === '*' || bare === '') return '*';
  const mapped = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped === '0.0.0.0' ? '*' : mapped;
  return bare;
}

/** A port number from decimal text without leading zeros; `null` for anything outside 1 to 65535. */
export function parsePort(text: string | undefined): number | null {
  if (text === undefined || !/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

/** The spelling of nearly every address that tools print; it is already in normal form. */
const PLAIN_IPV4 = /^(?!0\.0\.0\.0$)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const ADDRESS = /^(?:\*|\[?[\da-fA-F:.]+(?:%[^\]\s]*)?\]?(?:%\S*)?)$/;

/** An endpoint written `address:port`, as ss, lsof and netstat on Linux do; `portless` when the port is `*` or 0. */
export function parseColonEndpoint(text: string): Endpoint | 'portless' | null {
  const match = /^(.+):(\d+|\*)$/.exec(text);
  return match === null ? null : endpoint(match[1] ?? '', match[2] ?? '');
}

/** An endpoint written `address.port`, as netstat on macOS does: the port follows the last dot. */
export function parseDotEndpoint(text: string): Endpoint | 'portless' | null {
  const match = /^(.+)\.(\d+|\*)$/.exec(text);
  return match === null ? null : endpoint(match[1] ?? '', match[2] ?? '');
}

function endpoint(address: string, portText: string): Endpoint | 'portless' | null {
  const plain = PLAIN_IPV4.test(address);
  if (!plain && !ADDRESS.test(address)) return null;
  if (portText === '*' || portText === '0') return 'portless';
  const port = parsePort(portText);
  return port === null ? null : { address: plain ? address : normaliseAddress(address), port };
}

/** True when either endpoint has one of the ports. */
export function touches(row: { local: Endpoint; remote: Endpoint | null }, ports: ReadonlySet<number>): boolean {
  return ports.has(row.local.port) || (row.remote !== null && ports.has(row.remote.port));
}
