/** Where Sexton keeps its files. Directories are made by whoever writes into them first, readable by the user alone. */
export interface Directories {
  /** `settings.json`. */
  config: string;
  /** What Sexton remembers between runs: history, breaker, pause, restart guide. */
  state: string;
  /** `journal.jsonl` and its rotated files: what "Open logs" shows. */
  logs: string;
}

/** The variables of a process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A user's session on one system: their folders, and whether there is a screen. */
export interface UserSession {
  directories(home: string, environment: Environment): Directories;
  /** Why no window can be shown, in words; `null` when one can. */
  noDisplayReason(environment: Environment): string | null;
}
