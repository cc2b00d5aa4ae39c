import { z } from 'zod';
import { LIMITS } from './limits.ts';

export { LIMITS };

/** A zombie is acted on only at this age, and counted by the running app from it on. */
export const SETTLE_MS = 3_000;

/** The grace period of live sessions and of the guided restart's bots between SIGTERM and SIGKILL. */
export const LIVE_GRACE_MS = 15_000;

const between = (limit: { min: number; max: number }) =>
  z
    .number()
    .int({ error: `must be a whole number from ${limit.min} to ${limit.max}` })
    .min(limit.min, { error: `must be ${limit.min} or more` })
    .max(limit.max, { error: `must be ${limit.max} or less` });

const text = z.string().max(LIMITS.text.max, { error: `must be ${LIMITS.text.max} characters or less` });
const names = z.array(text.min(1, { error: 'must not be empty' })).max(200);

const watchedPort = z.object({
  port: between(LIMITS.port),
  label: text,
  /** `bots`: the Gateway's side of a forwarded port cannot be seen, and a person accepts that. `both` when absent. */
  side: z.enum(['both', 'bots']).optional(),
});

export const settingsSchema = z
  .object({
    /** The watched API ports, in the order in which they are shown. */
    ports: z.array(watchedPort).min(1, { error: 'must contain at least one port' }).max(LIMITS.ports.max),
    /** Hosts on which a Gateway may run; a zombie towards any other host's port is not counted. */
    gatewayHosts: names,
    intervalMs: between(LIMITS.intervalMs),
    warningAbove: between(LIMITS.threshold),
    criticalAbove: between(LIMITS.threshold),
    autoClean: z.enum(['off', 'on']),
    graceMs: between(LIMITS.graceMs),
    lockPath: text.min(1).refine((path) => path.startsWith('/'), { error: 'must be an absolute path' }),
    lockTimeoutMs: between(LIMITS.lockTimeoutMs),
    breaker: z.object({
      failureThreshold: between(LIMITS.failureThreshold),
      recoveryMs: between(LIMITS.recoveryMs),
      successThreshold: between(LIMITS.successThreshold),
    }),
    /** Globs on executable basename, process name and script basename, without regard to case. */
    botNames: names,
    /** Globs on script basenames: the bots that the guided restart and automatic cleaning may stop. */
    restartBotPatterns: names,
    gatewayStartCommand: text,
    startCommand: text,
    runnerLogPath: text,
    metricsPath: text,
    launchAtLogin: z.boolean(),
    notifications: z.boolean(),
  })
  .refine((settings) => settings.criticalAbove >= settings.warningAbove, {
    path: ['criticalAbove'],
    error: 'must not be below warningAbove',
  });

export type Settings = z.infer<typeof settingsSchema>;
export type WatchedPort = Settings['ports'][number];

/** IBKR's documented API ports and their names. */
const PORT_LABELS: Readonly<Record<number, string>> = {
  7497: 'TWS paper',
  7496: 'TWS live',
  4002: 'Gateway paper',
  4001: 'Gateway live',
};

/** The label of a port: IBKR's name for it, else just "API". */
export function portLabel(port: number): string {
  return PORT_LABELS[port] ?? 'API';
}

export const DEFAULT_SETTINGS: Settings = {
  ports: [7497, 7496, 4002, 4001].map((port) => ({ port, label: portLabel(port) })),
  gatewayHosts: ['localhost'],
  intervalMs: 5_000,
  warningAbove: 5,
  criticalAbove: 10,
  autoClean: 'off',
  graceMs: 2_000,
  lockPath: '/tmp/ibkr_connect.lock',
  lockTimeoutMs: 30_000,
  breaker: { failureThreshold: 5, recoveryMs: 60_000, successThreshold: 2 },
  botNames: ['python*', 'runner*', 'websocket_server*'],
  restartBotPatterns: ['runner_async*', 'app.py', 'websocket_server*'],
  gatewayStartCommand: '',
  startCommand: '',
  runnerLogPath: '',
  metricsPath: '',
  launchAtLogin: false,
  notifications: true,
};
