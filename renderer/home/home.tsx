import { OwnerList } from '../owners/owner-list.tsx';
import { usePanelState } from '../panel-context.ts';
import { BreakerCard } from './breaker-card.tsx';
import { Hero } from './hero.tsx';
import { HomeActions } from './home-action.tsx';
import { HomeBanners } from './home-banners.tsx';
import { LockCard } from './lock-card.tsx';
import { PortChips } from './port-chips.tsx';
import { ResultCard } from './result-card.tsx';

/** What is true now and what to do about it. */
export function HomeScreen() {
  const snapshot = usePanelState((state) => state.snapshot);
  if (snapshot === null) return <p className="lead">Waiting for the first scan.</p>;
  const { cleanup } = snapshot;
  return (
    <>
      <PortChips ports={snapshot.ports} />
      <Hero snapshot={snapshot} />
      {cleanup.kind === 'done' && <ResultCard cleanup={cleanup} />}
      <HomeBanners snapshot={snapshot} />
      <OwnerList snapshot={snapshot} />
      <div className="home-act">
        <HomeActions snapshot={snapshot} />
      </div>
      <div className="tiles">
        <BreakerCard breaker={snapshot.breaker} bots={snapshot.runnerBreaker} />
        <LockCard lock={snapshot.lock} />
      </div>
    </>
  );
}
