import { useState } from 'react';
import { LIMITS } from '../../shared/settings/limits.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import { Icon } from '../frame/icons.tsx';
import { FieldProblem } from './settings-field.tsx';
import type { SettingsForm } from './settings-form.ts';
import type { SettingsActions } from './use-settings-form.ts';

interface PortDraft {
  key: number;
  port: string;
  label: string;
  side?: Settings['ports'][number]['side'];
}

const draftsOf = (ports: Settings['ports']): PortDraft[] =>
  ports.map(({ port, label, side }, key) => ({ key, port: String(port), label, side }));

/** The watched ports, each with the name it is shown by. */
export function PortsField({
  ports,
  form,
  actions,
}: {
  ports: Settings['ports'];
  form: SettingsForm;
  actions: SettingsActions;
}) {
  const [drafts, setDrafts] = useState<PortDraft[] | null>(null);
  const rows = drafts ?? draftsOf(ports);

  const save = async (next: PortDraft[]): Promise<void> => {
    const wished = next.map(({ port, label, side }) => ({
      port: Number(port.trim() || Number.NaN),
      label: label.trim(),
      ...(side === undefined ? {} : { side }),
    }));
    const same = wished.length === ports.length && wished.every((one, at) => isSame(one, ports[at]));
    if (same) return setDrafts(null);
    const bad = wished.findIndex(({ port }) => !isPort(port));
    if (bad >= 0) {
      setDrafts(next);
      return;
    }
    if (await actions.set('ports', { ports: wished })) setDrafts(null);
  };
  const edit = (key: number, part: Partial<PortDraft>) =>
    setDrafts(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const remove = (key: number) => {
    const next = rows.filter((row) => row.key !== key);
    setDrafts(next);
    void save(next);
  };
  const add = () =>
    setDrafts([...rows, { key: Math.max(0, ...rows.map(({ key }) => key)) + 1, port: '', label: 'API' }]);

  return (
    <fieldset className="ports-field">
      <legend className="unseen">Watched ports</legend>
      {rows.map((row, place) => {
        const refusal = form.errors[`ports.${place}.port`] ?? form.errors[`ports.${place}.label`];
        const typedWrong = row.port.trim() !== '' && !isPort(Number(row.port));
        const error = typedWrong ? portRange : refusal;
        const id = `port-${row.key}-error`;
        return (
          <div className="port-row" key={row.key}>
            <input
              className="input port-input"
              type="text"
              inputMode="numeric"
              autoComplete="off"
              aria-label={`Port ${place + 1}`}
              aria-invalid={error !== undefined}
              aria-describedby={error === undefined ? undefined : id}
              value={row.port}
              onChange={({ target }) => edit(row.key, { port: target.value })}
              onBlur={() => drafts !== null && void save(rows)}
            />
            <input
              className="input"
              type="text"
              autoComplete="off"
              aria-label={`Name of port ${row.port === '' ? place + 1 : row.port}`}
              value={row.label}
              onChange={({ target }) => edit(row.key, { label: target.value })}
              onBlur={() => drafts !== null && void save(rows)}
            />
            <button
              type="button"
              className="icon-button"
              aria-label={`Stop watching port ${row.port === '' ? place + 1 : row.port}`}
              disabled={rows.length < 2}
              onClick={() => remove(row.key)}
            >
              <Icon name="close" size={13} />
            </button>
            {row.side === 'bots' && (
              <p className="port-side">
                Only the bots’ side is watched.{' '}
                <button
                  type="button"
                  className="link"
                  onClick={() => void save(rows.map((one) => (one.key === row.key ? { ...one, side: 'both' } : one)))}
                >
                  Watch both sides of {row.port}
                </button>
              </p>
            )}
            <FieldProblem id={id} label="The port" error={error} />
          </div>
        );
      })}
      <FieldProblem id="ports-error" label="The list" error={form.errors.ports} />
      {rows.length < LIMITS.ports.max && (
        <button type="button" className="link" onClick={add}>
          Add a port
        </button>
      )}
    </fieldset>
  );
}

const portRange = `must be a whole number from ${LIMITS.port.min} to ${LIMITS.port.max}`;

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= LIMITS.port.min && port <= LIMITS.port.max;
}

function isSame(one: Settings['ports'][number], other: Settings['ports'][number] | undefined): boolean {
  return one.port === other?.port && one.label === other.label && one.side === other.side;
}
