import { bridge } from './bridge.ts';

/** The names in the contract and their direction, without the schemas: all that a preload has to know of it. */
export type BridgeShape = Readonly<Record<string, Readonly<Record<string, 'ask' | 'push'>>>>;

/** The shape of the contract between main and the panel. */
export function bridgeShape(): BridgeShape {
  return Object.fromEntries(
    Object.entries(bridge).map(([group, calls]) => [
      group,
      Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, call.kind])),
    ]),
  );
}
