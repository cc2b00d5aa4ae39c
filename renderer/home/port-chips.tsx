import type { PortState } from '../../shared/snapshot.ts';
import { shownPorts } from './home-view.ts';

type Light = 'on' | 'off' | 'unknown' | 'jammed' | 'hidden' | 'bots-only';

const LIGHT_WORDS: Readonly<Record<Light, string>> = {
  on: 'listening',
  off: 'nothing is listening',
  unknown: 'listening state unknown',
  jammed: 'not answering',
  hidden: 'forwarded to a Gateway that cannot be seen',
  'bots-only': 'forwarded, and only the bots’ side is watched',
};

function lightOf({ listening, jammed, forwarder, zombies }: PortState): Light {
  if (jammed === true) return 'jammed';
  if (listening === null) return 'unknown';
  if (forwarder !== null && zombies.gateway === null) return zombies.total === null ? 'hidden' : 'bots-only';
  return listening ? 'on' : 'off';
}

/** The most chips shown; the footer counts all ports. */
const MOST = 8;

/** The watched ports with their lights, each distinguishable by shape as well as colour. */
export function PortChips({ ports }: { ports: readonly PortState[] }) {
  const shown = shownPorts(ports);
  return (
    <ul className="chips" aria-label="Watched ports">
      {shown.slice(0, MOST).map((port) => {
        const light = lightOf(port);
        return (
          <li className="chip" key={port.port} data-light={light}>
            <span className="light" data-light={light} aria-hidden="true" />
            <b>{port.port}</b> <span className="chip-label">{port.label}</span>
            <span className="unseen">, {LIGHT_WORDS[light]}</span>
          </li>
        );
      })}
      {shown.length > MOST && <li className="chip">{shown.length - MOST} more</li>}
    </ul>
  );
}
