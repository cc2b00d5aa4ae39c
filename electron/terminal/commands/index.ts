import type { Register } from '../kit/command.ts';
import { registerBreaker } from './breaker.ts';
import { registerClean } from './clean/clean.ts';
import { registerDoctor } from './doctor/doctor.ts';
import { registerGuard } from './guard/guard.ts';
import { registerHistory } from './history/history.ts';
import { registerLock } from './lock/lock.ts';
import { registerPause, registerResume } from './pause.ts';
import { registerRestart } from './restart/restart.ts';
import { registerSelftest } from './selftest/selftest.ts';
import { registerStatus } from './status.ts';
import { registerWatch } from './watch/watch.ts';

/** All commands, in the order of the help. */
export const COMMANDS: readonly Register[] = [
  registerStatus,
  registerWatch,
  registerClean,
  registerGuard,
  registerLock,
  registerBreaker,
  registerHistory,
  registerRestart,
  registerPause,
  registerResume,
  registerDoctor,
  registerSelftest,
];
