import { z } from 'zod';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from '../../../shared/settings/settings.ts';
import { code, GENERATED, page, table } from './markdown.ts';

type Name = Exclude<keyof Settings, 'breaker'> | `breaker.${keyof Settings['breaker']}`;

/** What each setting is for, in one sentence; a setting without one does not compile. */
const MEANINGS: Readonly<Record<Name, string>> = {
  ports:
    'The API ports to watch, in the order shown. `"side": "bots"` watches only the bots’ side of a port whose Gateway cannot be seen, for example behind ssh.',
  gatewayHosts:
    'Hosts on which TWS or a Gateway runs; bots’ connections to other hosts are shown as `elsewhere` and raise at least a notice.',
  intervalMs:
    'Time between two scans; at most 1 s while the panel is open or zombies change, at least 15 s on battery when nothing changes.',
  warningAbove: 'More zombies than this are a warning.',
  criticalAbove: 'More zombies than this are critical; must not be below `warningAbove`.',
  autoClean:
    'Automatic cleaning: whether the app may stop the bots of `restartBotPatterns` without asking, under the conditions in [safety.md](safety.md#automatic-cleaning).',
  graceMs: 'Time between SIGTERM and SIGKILL; 15 s instead in the guided restart and when you include a process.',
  lockPath: 'The lock file that all bots share for their handshakes; Sexton never deletes it.',
  lockTimeoutMs: 'How long `sexton lock run` and `sexton guard` wait for the handshake lock.',
  'breaker.failureThreshold': 'Failed guarded connects in a row that open a circuit breaker.',
  'breaker.recoveryMs': 'How long a circuit breaker stays open before it lets one attempt through.',
  'breaker.successThreshold': 'Successful attempts that close a circuit breaker again.',
  botNames:
    'Bots that may be cleaned at all, by the name of the executable, process or script; `*` stands for anything, `?` for one character.',
  restartBotPatterns: 'Scripts that the guided restart and automatic cleaning may stop; the same wildcards.',
  gatewayStartCommand: 'Shown for copying in step 4 of the guided restart; never run.',
  startCommand: 'Shown for copying in step 5 of the guided restart; never run.',
  runnerLogPath: 'A bot’s log file; Sexton shows the circuit breaker that the bot reports there.',
  metricsPath: 'Where the app writes [Prometheus metrics](telemetry.md#metrics); the folder must exist.',
  launchAtLogin: 'Open the app at login.',
  notifications: 'Show notifications.',
};

const INTRO = `Sexton reads \`settings.json\` in \`~/Library/Application Support/Sexton\` (macOS) or \`$XDG_CONFIG_HOME/sexton\`, usually \`~/.config/sexton\` (Linux).
The panel writes the same file, and changes to it take effect while Sexton runs. List only what differs from the defaults:

\`\`\`json
{
  "ports": [{ "port": 4002, "label": "Gateway paper" }],
  "warningAbove": 3,
  "breaker": { "recoveryMs": 120000 }
}
\`\`\`

An invalid value is reported and ignored; the rest of the file still counts. A file that is not JSON is kept as \`settings.json.broken-TIME\`.`;

const ENVIRONMENT = `Command-line flags override environment variables, which override the file.

${table(
  ['variable', 'meaning'],
  [
    [code('IBKR_LOCK_FILE_PATH'), 'Overrides `lockPath`, so that Sexton and your bots share one variable.'],
    [code('IBKR_LOCK_TIMEOUT'), 'Overrides `lockTimeoutMs`, in seconds; fractions are allowed.'],
    [code('SEXTON_HOME'), 'One folder for settings, state and journal, instead of the usual ones.'],
  ],
)}`;

type Schema = z.core.JSONSchema.BaseSchema;

/** The page of settings, from their schema and defaults. */
export function settingsPage(): string {
  const { breaker, ...rest } = propertiesOf(z.toJSONSchema(settingsSchema));
  const inner = breaker === undefined ? [] : Object.entries(propertiesOf(breaker));
  const schemas = new Map([
    ...Object.entries(rest),
    ...inner.map(([name, schema]) => [`breaker.${name}`, schema] as const),
  ]);
  const rows = Object.entries(MEANINGS).map(([name, meaning]) => {
    const schema = schemas.get(name);
    if (schema === undefined) throw new Error(`the schema has no setting ${name}`);
    return [code(name), defaultOf(name), allowed(schema), meaning];
  });
  if (rows.length !== schemas.size) throw new Error('a setting has no sentence');
  return page(
    '# Settings',
    GENERATED,
    INTRO,
    table(['setting', 'default', 'allowed', 'meaning'], rows),
    'Names that end in `Ms` are milliseconds.',
    '## Environment',
    ENVIRONMENT,
  );
}

function propertiesOf({ properties = {} }: Schema): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Schema] => typeof entry[1] === 'object'),
  );
}

function defaultOf(name: string): string {
  const value = name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], DEFAULT_SETTINGS);
  if (name === 'ports') return DEFAULT_SETTINGS.ports.map(({ port, label }) => `${port} (${label})`).join(', ');
  if (value === '') return 'empty';
  if (Array.isArray(value)) return value.map((one) => code(String(one))).join(', ');
  return code(JSON.stringify(value));
}

/** What the schema allows, in words. */
function allowed(schema: Schema): string {
  switch (schema.type) {
    case 'integer':
      return `${schema.minimum} to ${schema.maximum}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array': {
      const what = typeof schema.items === 'object' && 'properties' in schema.items ? 'ports' : 'names';
      return `${schema.minItems === undefined ? 'up to' : `${schema.minItems} to`} ${schema.maxItems} ${what}`;
    }
    case 'string':
      if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
      return schema.minLength === undefined ? 'text' : 'an absolute path';
    default:
      throw new Error(`no words for ${JSON.stringify(schema)}`);
  }
}
