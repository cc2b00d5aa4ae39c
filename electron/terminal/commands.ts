import { registerBreaker } from './breaker.ts';
import { registerClean } from './clean.ts';
import type { Register } from './command.ts';
import { registerDoctor } from './doctor.ts';
import { registerGuard } from './guard.ts';
import { registerHistory } from './history.ts';
import { registerLock } from './lock.ts';
import { registerPause, registerResume } from './pause.ts';
import { registerRestart } from './restart.ts';
import { registerSelftest } from './selftest.ts';
import { registerStatus } from './status.ts';
import { registerWatch } from './watch.ts';

/** Every command of the terminal, in the order in which the help lists them. */
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
