import { Switch } from '../frame/switch.tsx';
import { usePanel, usePanelState } from '../panel-context.ts';
import type { PanelState } from '../store.ts';
import { DoctorList } from './doctor-list.tsx';
import { PortsField } from './ports-field.tsx';
import { SettingsField } from './settings-field.tsx';
import { FIELDS, type FieldSpec } from './settings-fields.ts';
import { useSettingsForm } from './use-settings-form.ts';

const TABS: readonly { tab: PanelState['settingsTab']; label: string }[] = [
  { tab: 'settings', label: 'Settings' },
  { tab: 'doctor', label: 'Doctor' },
];

/** The settings, which take effect at once, and the doctor's list of what works on this machine. */
export function SettingsScreen() {
  const { store } = usePanel();
  const current = usePanelState((state) => state.settingsTab);
  return (
    <div className="settings">
      <fieldset className="segments">
        <legend className="unseen">Part</legend>
        {TABS.map(({ tab, label }) => (
          <label key={tab} className="segment">
            <input
              type="radio"
              name="tab"
              checked={tab === current}
              onChange={() => store.setState({ settingsTab: tab })}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {current === 'doctor' ? <DoctorList /> : <SettingsForms />}
    </div>
  );
}

function SettingsForms() {
  const settings = usePanelState((state) => state.settings);
  const [form, actions] = useSettingsForm();
  if (settings === null) return <p className="lead">Loading the settings…</p>;
  const fields = (specs: readonly FieldSpec[]) =>
    specs.map((field) => (
      <SettingsField key={field.path} field={field} settings={settings} form={form} actions={actions} />
    ));
  return (
    <>
      <h2 className="list-title">Ports</h2>
      <div className="card fields">
        <PortsField ports={settings.ports} form={form} actions={actions} />
      </div>
      <h2 className="list-title">Alerts</h2>
      <div className="card fields">
        <Switch
          label="Notifications"
          on={settings.notifications}
          onChange={(notifications) => void actions.set('notifications', { notifications })}
          error={form.errors.notifications}
        />
        {fields(FIELDS.alerts)}
      </div>
      <h2 className="list-title">Cleaning</h2>
      <div className="card fields">
        <Switch
          label="Automatic cleaning"
          hint="Stops listed scripts with zombie connections older than 5 min. Never one with a live session."
          on={settings.autoClean === 'on'}
          onChange={(on) => void actions.set('autoClean', { autoClean: on ? 'on' : 'off' })}
          error={form.errors.autoClean}
        />
        {fields(FIELDS.cleaning)}
      </div>
      <h2 className="list-title">Watching</h2>
      <div className="card fields">{fields(FIELDS.watching)}</div>
      <h2 className="list-title">Connecting</h2>
      <div className="card fields">{fields(FIELDS.connecting)}</div>
      <h2 className="list-title">Guided restart</h2>
      <div className="card fields">{fields(FIELDS.guide)}</div>
      <h2 className="list-title">Files</h2>
      <div className="card fields">{fields(FIELDS.files)}</div>
      <h2 className="list-title">App</h2>
      <div className="card fields">
        <Switch
          label="Open at login"
          on={settings.launchAtLogin}
          onChange={(launchAtLogin) => void actions.set('launchAtLogin', { launchAtLogin })}
          error={form.errors.launchAtLogin}
        />
        <AppActions />
      </div>
    </>
  );
}

function AppActions() {
  const { client } = usePanel();
  const paused = usePanelState((state) => state.snapshot?.paused ?? false);
  const pause = (minutes: number) => () => void client.app.pause({ minutes }).catch(() => {});
  return (
    <div className="field app-actions">
      {paused ? (
        <button type="button" className="button small" onClick={pause(0)}>
          Resume watching
        </button>
      ) : (
        <>
          <button type="button" className="button small" onClick={pause(15)}>
            Pause 15 min
          </button>
          <button type="button" className="button small" onClick={pause(60)}>
            Pause 1 h
          </button>
        </>
      )}
      <button type="button" className="button small" onClick={() => void client.app.openLogs().catch(() => {})}>
        Open logs
      </button>
    </div>
  );
}
