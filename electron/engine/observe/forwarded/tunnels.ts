import { basename } from 'node:path';
import type { ProcessRecord } from '../../platform/types.ts';

const TUNNEL_NAMES = /^(ssh|autossh|socat\d?|stunnel\d?|kubectl|sshd|sshd-session)$/i;
/** The port sshd itself serves; its other listeners forward for its clients. */
const SSHD_PORT = 22;

/**
 * True for programs whose listeners stand for another machine's port: `ssh -L`, socat, stunnel, `kubectl port-forward`,
 * sshd.
 */
export function isTunnel(process: ProcessRecord): boolean {
  return [process.name, basename(process.executable ?? '')].some((name) => TUNNEL_NAMES.test(name));
}

/** One forward from a tunnel's arguments; `target` is `null` when they do not say which port it leads to. */
export interface Forward {
  local: number;
  target: number | null;
}

/** The forwards in the arguments of `ssh -L` and socat, where the arguments name them. */
export function forwardsOf(process: ProcessRecord): Forward[] {
  const names = [process.name, basename(process.executable ?? '')];
  if (names.some((name) => /^(auto)?ssh$/i.test(name))) return sshForwards(process.args.slice(1));
  return names.some((name) => /^socat/i.test(name)) ? socatForwards(process.args.slice(1)) : [];
}

/**
 * The local ports on which tunnels lead to one of `ports`: those that their arguments say lead there, and every port
 * they listen on that their arguments do not explain. Tunnels behind tunnels are followed.
 */
export function portsThroughTunnels(
  tunnels: readonly ProcessRecord[],
  listening: readonly number[],
  ports: ReadonlySet<number>,
): Set<number> {
  const forwards = tunnels.flatMap(forwardsOf);
  const elsewhere = new Set(forwards.filter(({ target }) => target !== null).map(({ local }) => local));
  const through = new Set(listening.filter((port) => port !== SSHD_PORT && !elsewhere.has(port)));
  const leads = ({ local, target }: Forward) =>
    !through.has(local) && (target === null || ports.has(target) || through.has(target));
  for (let next = forwards.find(leads); next !== undefined; next = forwards.find(leads)) through.add(next.local);
  return new Set([...through].filter((port) => !ports.has(port)));
}

/** Options of ssh and autossh that take a value. */
const SSH_VALUES = 'BbcDEeFIiJLlMmOoPpQRSWw';

function sshForwards(args: readonly string[]): Forward[] {
  const forwards: Forward[] = [];
  const note = (specification: string | undefined) => {
    const forward = forwardOf(specification ?? '');
    if (forward !== null) forwards.push(forward);
  };
  // Options may follow the host; after the remote command, everything belongs to that command.
  for (let at = 0, operands = 0; at < args.length && operands < 2; at += 1) {
    const argument = args[at] ?? '';
    if (!argument.startsWith('-')) {
      operands += 1;
      continue;
    }
    const letter = [...argument].findIndex((one, index) => index > 0 && SSH_VALUES.includes(one));
    if (letter < 0) continue;
    const joined = argument.slice(letter + 1);
    const value = joined === '' ? args[at + 1] : joined;
    if (argument[letter] === 'L') note(value);
    if (argument[letter] === 'o') note(/^LocalForward[= ]\s*(.+)$/i.exec(value ?? '')?.[1]?.replace(/\s+/, ':'));
    // autossh's -M takes a port; on ssh itself it is a plain flag.
    const isFlag = argument[letter] === 'M' && !/^\d+$/.test(args[at + 1] ?? '');
    if (joined === '' && !isFlag) at += 1;
  }
  return forwards;
}

/** `[bind:]port:host:hostport`, with IPv6 addresses in brackets, or `[bind:]port:/socket`. */
function forwardOf(specification: string): Forward | null {
  const parts = specification.match(/\[[^\]]*\]|[^:]+/g) ?? [];
  const numbers = parts.map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : null));
  if (parts.length >= 3) {
    const local = numbers.at(-3) ?? null;
    if (local !== null) return { local, target: numbers.at(-1) ?? null };
  }
  const local = numbers.at(-2) ?? null;
  return local === null ? null : { local, target: null };
}

const SOCAT_LISTEN = /^(?:tcp[46]?-l(?:isten)?|openssl-listen|ssl-l):(\d{1,5})(?:,|$)/i;
const SOCAT_CONNECT = /^(?:tcp[46]?(?:-connect)?|openssl(?:-connect)?|ssl):(?:\[[^\]]*\]|[^:,]+):(\d{1,5})(?:,|$)/i;

function socatForwards(args: readonly string[]): Forward[] {
  const addresses = args.filter((argument) => !argument.startsWith('-'));
  const local = addresses.map((address) => SOCAT_LISTEN.exec(address)?.[1]).find((port) => port !== undefined);
  const target = addresses.map((address) => SOCAT_CONNECT.exec(address)?.[1]).find((port) => port !== undefined);
  if (local === undefined) return [];
  return [{ local: Number(local), target: target === undefined ? null : Number(target) }];
}
