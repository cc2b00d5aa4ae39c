/** The limits every way into the settings obeys: flags, environment, file and the panel's fields. */
export const LIMITS = {
  port: { min: 1, max: 65_535 },
  ports: { max: 32 },
  intervalMs: { min: 500, max: 60_000 },
  threshold: { min: 0, max: 10_000 },
  graceMs: { min: 100, max: 120_000 },
  lockTimeoutMs: { min: 100, max: 3_600_000 },
  failureThreshold: { min: 1, max: 100 },
  recoveryMs: { min: 1_000, max: 3_600_000 },
  successThreshold: { min: 1, max: 100 },
  text: { max: 4_096 },
} as const;
