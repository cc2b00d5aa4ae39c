import { totalZombies } from '../../shared/severity.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { clockTime } from '../../shared/words/format.ts';
import { headline } from '../../shared/words/snapshot.ts';
import { countWords } from '../frame/frame-words.ts';
import { usePanelState } from '../panel-context.ts';
import { lastKnown, toneOf } from './home-view.ts';
import { LevelBadge } from './level-badge.tsx';
import { Sparkline } from './sparkline.tsx';

/** The count, as the largest thing on the page, its level, the last hour and one plain sentence. */
export function Hero({ snapshot }: { snapshot: Snapshot }) {
  const history = usePanelState((state) => state.lastHour);
  const tone = toneOf(snapshot);
  const known = tone !== 'blind' && tone !== 'looking';
  const count = known ? totalZombies(snapshot.ports) : null;
  const { main, detail } = sentence(snapshot, tone, lastKnown(history));
  return (
    <section className="hero" aria-label="Zombie connections">
      <div className="hero-top">
        <p className="count" data-tone={tone}>
          {countWords(count)}
          <span className="unseen">{count === null ? ' – the count is unknown' : ' zombie connections'}</span>
        </p>
        <LevelBadge tone={tone} />
        <Sparkline history={history} />
      </div>
      <p className="headline">
        {main} {detail !== '' && <span>{detail}</span>}
      </p>
    </section>
  );
}

function sentence(
  snapshot: Snapshot,
  tone: ReturnType<typeof toneOf>,
  known: ReturnType<typeof lastKnown>,
): { main: string; detail: string } {
  const words = headline(snapshot);
  const at = clockTime(snapshot.scan.at);
  switch (tone) {
    case 'looking':
      return { main: 'Running the first scan.', detail: 'Sexton reads the kernel’s list and never connects.' };
    case 'stale':
      return { main: `As of ${at}:`, detail: words.main };
    case 'paused':
      return { main: `Watching is paused. As of ${at}:`, detail: words.main };
    case 'blind':
      return {
        main: words.main,
        detail: known === null ? words.detail : `It was ${known.count} at ${clockTime(known.at)}.`,
      };
    default:
      return words;
  }
}
