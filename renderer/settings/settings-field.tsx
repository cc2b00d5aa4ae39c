import { type KeyboardEvent, useId } from 'react';
import type { Settings } from '../../shared/settings/settings.ts';
import type { FieldSpec } from './settings-fields.ts';
import type { SettingsForm } from './settings-form.ts';
import type { SettingsActions } from './use-settings-form.ts';

/** A text field that is saved on blur or Enter; Escape reverts it. */
export function SettingsField({
  field,
  settings,
  form,
  actions,
}: {
  field: FieldSpec;
  settings: Settings;
  form: SettingsForm;
  actions: SettingsActions;
}) {
  const id = useId();
  const { path, label, hint, unit, kind } = field;
  const draft = form.drafts[path];
  const error = form.errors[path];
  const told = [hint === undefined ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`].filter(Boolean);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') void actions.commit(path);
    if (event.key === 'Escape' && draft !== undefined) {
      event.preventDefault();
      actions.revert(path);
    }
  };
  return (
    <div className="field" data-kind={kind}>
      <div className="field-text">
        <label htmlFor={id} className="field-label">
          {label}
        </label>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="field-hint">
            {hint}
          </span>
        )}
      </div>
      <span className="field-box">
        <input
          id={id}
          type="text"
          className="input"
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          spellCheck={false}
          autoComplete="off"
          value={draft ?? field.read(settings)}
          aria-invalid={error !== undefined}
          aria-describedby={told.length === 0 ? undefined : told.join(' ')}
          onChange={({ target }) => actions.type(path, target.value)}
          onBlur={() => void actions.commit(path)}
          onKeyDown={onKeyDown}
        />
        {unit !== undefined && <span className="field-unit">{unit}</span>}
      </span>
      <FieldProblem id={`${id}-error`} label={label} error={error} />
    </div>
  );
}

/** Why a field was refused, next to it. */
export function FieldProblem({ id, label, error }: { id: string; label: string; error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p className="field-error" id={id} role="alert">
      {label} {error}.
    </p>
  );
}
