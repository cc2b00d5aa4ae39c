import type { TcpState } from '../types.ts';

const STATES: ReadonlyMap<string, TcpState> = new Map([
  ['CLOSED', 'CLOSED'],
  ['CLOSE', 'CLOSED'],
  ['UNCONN', 'CLOSED'],
  ['BOUND_INACTIVE', 'CLOSED'],
  ['LISTEN', 'LISTEN'],
  ['SYN_SENT', 'SYN_SENT'],
  ['SYN_RECEIVED', 'SYN_RECEIVED'],
  ['SYN_RCVD', 'SYN_RECEIVED'],
  ['SYN_RECV', 'SYN_RECEIVED'],
  ['NEW_SYN_RECV', 'SYN_RECEIVED'],
  ['ESTABLISHED', 'ESTABLISHED'],
  ['ESTAB', 'ESTABLISHED'],
  ['CLOSE_WAIT', 'CLOSE_WAIT'],
  ['FIN_WAIT_1', 'FIN_WAIT_1'],
  ['FIN_WAIT1', 'FIN_WAIT_1'],
  ['CLOSING', 'CLOSING'],
  ['LAST_ACK', 'LAST_ACK'],
  ['FIN_WAIT_2', 'FIN_WAIT_2'],
  ['FIN_WAIT2', 'FIN_WAIT_2'],
  ['TIME_WAIT', 'TIME_WAIT'],
]);

/** The state meant by ss, netstat or lsof, in any spelling (`CLOSE-WAIT`, `FIN_WAIT2`, `SYN_RCVD`, …); `null` when unknown. */
export function parseTcpState(word: string): TcpState | null {
  return STATES.get(word.replaceAll('-', '_')) ?? null;
}

/** True once the other end's FIN has arrived; Linux counts that FIN as one received byte. */
export function hasReceivedFin(state: TcpState): boolean {
  return state === 'CLOSE_WAIT' || state === 'LAST_ACK' || state === 'CLOSING';
}
