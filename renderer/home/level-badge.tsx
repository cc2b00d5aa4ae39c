import { LEVEL_WORDS } from '../../shared/words/snapshot.ts';
import { Icon, type IconName } from '../frame/icons.tsx';
import type { Tone } from './home-view.ts';

const ICONS: Readonly<Record<Tone, IconName>> = {
  clear: 'clear',
  notice: 'notice',
  warning: 'warning',
  critical: 'critical',
  blind: 'blind',
  looking: 'looking',
  stale: 'moon',
  paused: 'pause',
};

const WORDS: Readonly<Record<Tone, string>> = {
  ...LEVEL_WORDS,
  looking: 'Scanning…',
  stale: 'Asleep',
  paused: 'Paused',
};

/** The level by shape, word and colour. */
export function LevelBadge({ tone }: { tone: Tone }) {
  return (
    <span className="badge level" data-tone={tone}>
      <Icon name={ICONS[tone]} size={13} />
      {WORDS[tone]}
    </span>
  );
}
