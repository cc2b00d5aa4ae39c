import type { ReactNode } from 'react';
import type { ElsewhereState, PortState, Snapshot } from '../../shared/snapshot.ts';
import { problemSentence } from '../../shared/words/clean.ts';
import { processWords } from '../../shared/words/format.ts';
import { forwarderWords, neverLooked, scanWords, unseenGateways } from '../../shared/words/snapshot.ts';
import { Banner } from '../frame/banner.tsx';
import { Icon } from '../frame/icons.tsx';
import { usePanel, usePanelState } from '../panel-context.ts';
import { nobodyListens } from './home-view.ts';

/** Problems, above the owners: visibility, sleep, pause, the Gateway, notifications, settings. */
export function HomeBanners({ snapshot }: { snapshot: Snapshot }) {
  const { scan, paused, ports } = snapshot;
  const banners: ReactNode[] = [];
  if (scan.problems.length > 0) banners.push(<Problems key="problems" snapshot={snapshot} />);
  if (paused) banners.push(<Paused key="paused" guided={snapshot.restart !== null} />);
  else if (scan.kind === 'stale' && scan.problems.length === 0 && !neverLooked(scan))
    banners.push(<Asleep key="asleep" />);
  if (ports.some(({ jammed }) => jammed === true)) banners.push(<Jammed key="jammed" advice={snapshot.advice.text} />);
  const hidden = unseenGateways(snapshot);
  if (hidden.length > 0) banners.push(<Hidden key="hidden" ports={hidden} />);
  if (snapshot.elsewhere.length > 0) banners.push(<Elsewhere key="elsewhere" elsewhere={snapshot.elsewhere} />);
  if (nobodyListens(ports) && scan.kind === 'ok') banners.push(<Nobody key="nobody" />);
  return (
    <>
      {banners}
      <AppBanners />
    </>
  );
}

function Problems({ snapshot: { scan } }: { snapshot: Snapshot }) {
  const failed = scan.kind === 'failed';
  return (
    <Banner
      tone={failed ? 'blind' : 'warning'}
      icon={failed ? <Icon name="blind" /> : <Icon name="warning" />}
      title={
        failed ? 'Cleaning is off until Sexton can see.' : scanWords(scan) || 'A file in the settings cannot be used.'
      }
    >
      <ul className="plain">
        {scan.problems.map((problem) => (
          <li key={`${problem.tool} ${problem.code}`}>{problemSentence(problem)}</li>
        ))}
      </ul>
    </Banner>
  );
}

function Paused({ guided }: { guided: boolean }) {
  const { client } = usePanel();
  return (
    <Banner
      tone="quiet"
      icon={<Icon name="pause" />}
      title="Paused."
      actions={
        <button type="button" className="link" onClick={() => void client.app.pause({ minutes: 0 }).catch(() => {})}>
          Resume now
        </button>
      }
    >
      {guided
        ? 'Sexton scans only for the guided restart. It does not warn or clean automatically until you resume or the pause ends.'
        : 'Sexton does not scan, warn or clean until you resume or the pause ends.'}
    </Banner>
  );
}

function Asleep() {
  return (
    <Banner tone="quiet" icon={<Icon name="moon" />} title="The last scan is out of date.">
      Watching rests while the computer sleeps. Sexton looks again as soon as it wakes, and warns about nothing in
      between.
    </Banner>
  );
}

function Jammed({ advice }: { advice: string }) {
  return (
    <Banner tone="critical" icon={<Icon name="critical" />} title="The Gateway has stopped answering.">
      {advice}
    </Banner>
  );
}

/** A Gateway hidden by a forwarder: a person may accept that, which hides the banner. */
function Hidden({ ports }: { ports: readonly PortState[] }) {
  const { client, store } = usePanel();
  const settings = usePanelState((state) => state.settings);
  const numbers = ports.map(({ port }) => port);
  const accept = async () => {
    if (settings === null) return;
    const next = settings.ports.map((one) => (numbers.includes(one.port) ? { ...one, side: 'bots' } : one));
    const saved = await client.settings.set({ ports: next });
    if (saved.ok) store.setState({ settings: saved.value });
  };
  return (
    <Banner
      tone="quiet"
      icon={<Icon name="question" />}
      title={ports.length === 1 ? 'One Gateway cannot be seen from here.' : 'Some Gateways cannot be seen from here.'}
      actions={
        <button type="button" className="link" onClick={() => void accept().catch(() => {})}>
          Watch only the bots’ side of {numbers.join(', ')}
        </button>
      }
    >
      {ports.map((port) => `${forwarderWords(port)} forwards ${port.port}`).join(', ')}. What the Gateway behind it
      holds cannot be counted.
    </Banner>
  );
}

/** Bots are connected to Gateways on machines that the settings do not name. */
function Elsewhere({ elsewhere }: { elsewhere: readonly ElsewhereState[] }) {
  const { client, store } = usePanel();
  const settings = usePanelState((state) => state.settings);
  const hosts = [...new Set(elsewhere.map(({ address }) => address))];
  const names = [...new Set(elsewhere.flatMap(({ processes }) => processes.map(processWords)))];
  const watch = async () => {
    if (settings === null) return;
    const saved = await client.settings.set({ gatewayHosts: [...new Set([...settings.gatewayHosts, ...hosts])] });
    if (saved.ok) store.setState({ settings: saved.value });
  };
  return (
    <Banner
      tone="warning"
      icon={<Icon name="warning" />}
      title="Bots use a Gateway on another machine."
      actions={
        <button type="button" className="link" onClick={() => void watch().catch(() => {})}>
          Add {hosts.join(', ')} to the Gateway hosts
        </button>
      }
    >
      {names.length > 0 && `Seen: ${names.join(', ')}. `}Sexton watches these connections once you add the host.
    </Banner>
  );
}

function Nobody() {
  return (
    <Banner tone="quiet" icon={<Icon name="plug" />} title="No TWS or Gateway is running here.">
      Sexton notices when one starts and begins to watch its connections. There is nothing to set up.
    </Banner>
  );
}

function AppBanners() {
  const { client } = usePanel();
  const info = usePanelState((state) => state.info);
  if (info === null) return null;
  return (
    <>
      {info.notificationProblem !== null && (
        <Banner
          tone="warning"
          icon={<Icon name="bell-off" />}
          title="Notifications are not reaching you."
          actions={
            <button
              type="button"
              className="link"
              onClick={() => void client.app.openNotificationSettings().catch(() => {})}
            >
              Open notification settings
            </button>
          }
        >
          {info.notificationProblem}
        </Banner>
      )}
      {info.settingsProblem !== null && (
        <Banner tone="warning" icon={<Icon name="warning" />} title="The settings file was broken.">
          {info.settingsProblem}
        </Banner>
      )}
    </>
  );
}
