import { useId } from 'react';

/** A setting that is on or off, with effect at once. */
export function Switch({
  label,
  hint,
  on,
  onChange,
  error,
}: {
  label: string;
  hint?: string;
  on: boolean;
  onChange: (on: boolean) => void;
  error?: string | undefined;
}) {
  const id = useId();
  return (
    <div className="field switch-field">
      <div className="field-text">
        <span id={`${id}-label`} className="field-label">
          {label}
        </span>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="field-hint">
            {hint}
          </span>
        )}
        {error !== undefined && (
          <span className="field-error" role="alert">
            {error}
          </span>
        )}
      </div>
      <button
        type="button"
        role="switch"
        className="switch"
        aria-checked={on}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onClick={() => onChange(!on)}
      >
        <span className="switch-knob" aria-hidden="true" />
      </button>
    </div>
  );
}
