import { BreakerCard } from '../components/breaker-card.tsx';
import { Hero } from '../components/hero.tsx';
import { HomeActions } from '../components/home-action.tsx';
import { HomeBanners } from '../components/home-banners.tsx';
import { LockCard } from '../components/lock-card.tsx';
import { OwnerList } from '../components/owner-list.tsx';
import { PortChips } from '../components/port-chips.tsx';
import { ResultCard } from '../components/result-card.tsx';
import { usePanelState } from '../panel-context.ts';

/** What is true now and what to do about it. */
export function HomeScreen() {
  const snapshot = usePanelState((state) => state.snapshot);
  if (snapshot === null) return <p className="lead">Waiting for the first word from the watcher.</p>;
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
