import type { Result } from '../../shared/result.ts';
import type { Problem } from '../../shared/snapshot.ts';
import type { Assembly, AssemblyOptions } from '../engine/assemble.ts';
import type { Directories } from '../engine/platform/directories.ts';
import type { Io } from './screen/io.ts';

/** What a command works with: the engine, not started yet, and the parts that have commands of their own. */
export type Opened = Pick<
  Assembly,
  | 'engine'
  | 'history'
  | 'settings'
  | 'settingsProblems'
  | 'fileProblems'
  | 'lock'
  | 'breaker'
  | 'breakerProblems'
  | 'guard'
>;

/** Opens an engine for a command; `assemble` outside tests. */
export type OpenEngine = (options: Omit<AssemblyOptions, 'version'>) => Promise<Result<Opened, Problem>>;

/** What a command runs with. `exit` sets the exit code; the process ends once all output is written. */
export interface Context {
  io: Io;
  open: OpenEngine;
  /** Where Sexton keeps its files. */
  directories: Directories;
  exit(code: number): void;
}
