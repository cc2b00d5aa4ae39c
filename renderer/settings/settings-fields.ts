import { failure, type Result, success } from '../../shared/result.ts';
import { LIMITS } from '../../shared/settings/limits.ts';
import type { Settings } from '../../shared/settings/settings.ts';

/** The top-level settings one field changes. */
export type SettingsPatch = Partial<Settings>;

/** One text field of the settings: how its value is read into text and back. */
export interface FieldSpec {
  /** Dotted, as in `FieldError.path`. */
  path: string;
  label: string;
  hint?: string;
  unit?: string;
  kind: 'number' | 'text' | 'code' | 'list';
  read(settings: Settings): string;
  /** The patch this text means on top of these settings, or why it means nothing. */
  write(text: string, settings: Settings): Result<SettingsPatch, string>;
}

type Texts = { path: string; label: string; hint?: string };
type Limit = { min: number; max: number };

type NumberName = 'warningAbove' | 'criticalAbove' | 'intervalMs' | 'graceMs' | 'lockTimeoutMs';
type BreakerName = keyof Settings['breaker'];
type TextName = 'lockPath' | 'gatewayStartCommand' | 'startCommand' | 'runnerLogPath' | 'metricsPath';
type ListName = 'gatewayHosts' | 'botNames' | 'restartBotPatterns';

/** Reads a number in the unit that is shown; `scale` is how many of the setting's units one of them is. */
function numberOf(text: string, scale: number, { min, max }: Limit): Result<number, string> {
  const shown = Number(text.trim().replace(',', '.'));
  const value = Math.round(shown * scale);
  const whole = scale > 1 || Number.isInteger(shown);
  const fine = text.trim() !== '' && Number.isFinite(shown) && whole && value >= min && value <= max;
  if (fine) return success(value);
  const unit = scale > 1 ? 'a number' : 'a whole number';
  return failure(`must be ${unit} from ${min / scale} to ${max / scale}${scale > 1 ? ' s' : ''}`);
}

function number(name: NumberName, limit: Limit, texts: Omit<Texts, 'path'>, scale = 1): FieldSpec {
  return {
    path: name,
    kind: 'number',
    ...(scale > 1 ? { unit: 's' } : {}),
    ...texts,
    read: (settings) => String(settings[name] / scale),
    write: (text) => {
      const value = numberOf(text, scale, limit);
      return value.ok ? success({ [name]: value.value }) : value;
    },
  };
}

function breaker(name: BreakerName, limit: Limit, texts: Omit<Texts, 'path'>, scale = 1): FieldSpec {
  return {
    path: `breaker.${name}`,
    kind: 'number',
    ...(scale > 1 ? { unit: 's' } : {}),
    ...texts,
    read: (settings) => String(settings.breaker[name] / scale),
    write: (text, settings) => {
      const value = numberOf(text, scale, limit);
      return value.ok ? success({ breaker: { ...settings.breaker, [name]: value.value } }) : value;
    },
  };
}

function text(name: TextName, kind: 'text' | 'code', texts: Omit<Texts, 'path'>): FieldSpec {
  return {
    path: name,
    kind,
    ...texts,
    read: (settings) => settings[name],
    write: (value) => success({ [name]: value.trim() }),
  };
}

function list(name: ListName, texts: Omit<Texts, 'path'>): FieldSpec {
  const words = (value: string) =>
    value
      .split(/[,\n]/)
      .map((word) => word.trim())
      .filter((word) => word !== '');
  return {
    path: name,
    kind: 'list',
    ...texts,
    read: (settings) => settings[name].join(', '),
    write: (value) => success({ [name]: words(value) }),
  };
}

const SECOND = 1_000;

/** The text fields of the settings screen, by group. */
export const FIELDS = {
  alerts: [
    number('warningAbove', LIMITS.threshold, { label: 'Warn above', hint: 'Zombie connections' }),
    number('criticalAbove', LIMITS.threshold, { label: 'Critical above', hint: 'Zombie connections' }),
  ],
  watching: [
    number('intervalMs', LIMITS.intervalMs, { label: 'Scan every', hint: 'While the panel is closed' }, SECOND),
    list('gatewayHosts', { label: 'Gateway hosts', hint: 'Where TWS or a Gateway runs, separated by commas' }),
  ],
  cleaning: [
    number('graceMs', LIMITS.graceMs, { label: 'Grace period', hint: 'Between SIGTERM and SIGKILL' }, SECOND),
    list('botNames', { label: 'Bots', hint: 'Names Sexton may stop; * matches anything' }),
    list('restartBotPatterns', { label: 'Scripts', hint: 'For automatic cleaning and the guided restart' }),
  ],
  connecting: [
    text('lockPath', 'code', { label: 'Lock file', hint: 'The file your bots lock' }),
    number('lockTimeoutMs', LIMITS.lockTimeoutMs, { label: 'Lock timeout' }, SECOND),
    breaker('failureThreshold', LIMITS.failureThreshold, { label: 'Breaker opens after', hint: 'Failures in a row' }),
    breaker('recoveryMs', LIMITS.recoveryMs, { label: 'Retry after' }, SECOND),
    breaker('successThreshold', LIMITS.successThreshold, { label: 'Closes after', hint: 'Successes' }),
  ],
  guide: [
    text('gatewayStartCommand', 'code', { label: 'Start the Gateway', hint: 'Shown in step 4 of the guided restart' }),
    text('startCommand', 'code', { label: 'Start the bots', hint: 'Shown in step 5 of the guided restart' }),
  ],
  files: [
    text('runnerLogPath', 'code', { label: 'Bots’ log', hint: 'To show the bots’ own circuit breaker' }),
    text('metricsPath', 'code', { label: 'Metrics file', hint: 'Prometheus text format' }),
  ],
} as const satisfies Record<string, readonly FieldSpec[]>;

/** Every text field by its path. */
export const FIELD_BY_PATH: ReadonlyMap<string, FieldSpec> = new Map(
  Object.values(FIELDS)
    .flat()
    .map((field) => [field.path, field]),
);
