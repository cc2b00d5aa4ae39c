import { Icon } from './frame/icons.tsx';
import { Switch } from './frame/switch.tsx';
import { usePanel, usePanelState } from './panel-context.ts';

/** The first run: what is watched, what is never touched, and two settings. Shown once. */
export function WelcomeScreen() {
  const { client, store } = usePanel();
  const settings = usePanelState((state) => state.settings);
  const info = usePanelState((state) => state.info);
  const set = (patch: Record<string, boolean>) =>
    void client.settings.set(patch).then(
      (answer) => answer.ok && store.setState({ settings: answer.value }),
      () => {},
    );
  const start = () => {
    client.app.dismissWelcome().catch(() => {});
    store.setState({ screen: 'home', info: info === null ? null : { ...info, firstRun: false } });
  };
  const ports = settings?.ports.map(({ port }) => port).join(', ') ?? '';
  return (
    <div className="welcome">
      <p className="lead">Sexton sits in the menu bar and watches the API connections of TWS and IB Gateway.</p>
      <ul className="card points">
        <li>
          <span className="row-icon">
            <Icon name="looking" />
          </span>
          <div>
            <b>What it watches</b>
            <p>
              Connections on {ports === '' ? 'the API ports' : `ports ${ports}`} that one side never closed. With enough
              of them, the Gateway stops answering. Sexton reads the system’s own list and never connects.
            </p>
          </div>
        </li>
        <li>
          <span className="row-icon">
            <Icon name="shield" />
          </span>
          <div>
            <b>What it never touches</b>
            <p>
              TWS, the Gateway, forwarders, other users’ processes and anything that is not a bot. Sexton stops a bot
              with a live session only if you confirm it, and stops nothing before you have seen the list.
            </p>
          </div>
        </li>
      </ul>
      {settings !== null && (
        <div className="card fields">
          <Switch
            label="Notify me before it becomes a problem"
            hint={`When there are more than ${settings.warningAbove}, and again above ${settings.criticalAbove}`}
            on={settings.notifications}
            onChange={(notifications) => set({ notifications })}
          />
          <Switch
            label="Open at login"
            hint="So that Sexton sees which bot left a connection"
            on={settings.launchAtLogin}
            onChange={(launchAtLogin) => set({ launchAtLogin })}
          />
        </div>
      )}
      {info?.notificationProblem != null && (
        <p className="banner" data-tone="warning">
          <span className="banner-icon">
            <Icon name="bell-off" />
          </span>
          <span className="banner-text">{info.notificationProblem}</span>
        </p>
      )}
      <div className="act">
        <button type="button" className="button" data-kind="main" onClick={start}>
          Start watching
        </button>
      </div>
    </div>
  );
}
