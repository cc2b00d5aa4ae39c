import type { SettingsPatch } from '../../shared/settings/merge.ts';
import { problemSentence } from '../../shared/words/clean.ts';
import type { Context, Opened } from './context.ts';
import { paragraph } from './screen/paint.ts';

/** The flags of one call; they override environment, file and defaults. A port outside the settings is watched for this call. */
export interface CallFlags {
  ports: readonly number[];
  intervalMs?: number;
  /** The name of the file whose troubles the command reports in its own words. */
  reports?: string;
}

/** The exit code of a command that needs to see and cannot. */
const EXIT_BLIND = 3;

/**
 * Opens an engine for one command, reports problems with the settings and with Sexton's own files on stderr, and stops the engine when
 * the work is done. The work returns the exit code.
 */
export async function withEngine(
  { io, open, exit }: Context,
  { ports, intervalMs, reports }: CallFlags,
  work: (opened: Opened) => Promise<number>,
): Promise<void> {
  const flags: SettingsPatch = intervalMs === undefined ? {} : { intervalMs };
  const opened = await open({ program: 'command', ports, flags });
  const complain = (words: string) => io.err.lines(paragraph(`sexton: ${words}`, 'warning', io.err.paper()));
  if (!opened.ok) {
    complain(problemSentence(opened.error));
    return exit(EXIT_BLIND);
  }
  const { engine, settingsProblems, fileProblems } = opened.value;
  for (const { message } of settingsProblems) complain(message);
  try {
    exit(await work(opened.value));
  } finally {
    // What a scan has found is in its result.
    const shown = engine.snapshot().scan.problems.map(({ hint }) => hint);
    for (const { tool, hint } of fileProblems()) if (tool !== reports && !shown.includes(hint)) complain(hint);
    await engine.stop();
  }
}
