import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../../../engine/clock.ts';
import { examine } from '../../../engine/doctor/doctor.ts';
import { createPlatform } from '../../../engine/platform/index.ts';
import { withEngine } from '../../engines.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import { withProgress } from '../../kit/progress.ts';
import { jsonLine } from '../../screen/text.ts';
import { doctorView } from './view.ts';

/** `sexton doctor`: checks what works on this machine, and gives the exact fix for what does not. */
export const registerDoctor: Register = (program, context) => {
  addCommand(program, {
    name: 'doctor',
    summary: 'check this machine and show the fixes',
    details: [
      'Checks tools, permissions, ports, lock, files and clock. It changes nothing and never connects to a port.',
      'Exit code: 0 everything Sexton needs works, 1 something does not.',
    ],
    examples: [
      ['sexton doctor', 'check everything'],
      ['sexton doctor --json', 'for a bug report or a script'],
    ],
  })
    .option('--json', 'print the report as JSON, and nothing else')
    .action(({ json = false }: { json?: boolean }) =>
      withEngine(context, { ports: [] }, async ({ settings, settingsProblems, lock }) => {
        const { io, directories } = context;
        const platform = createPlatform();
        if (!platform.ok) return 1;
        const work = examine({
          platform: platform.value,
          clock: systemClock,
          settings,
          settingsProblems,
          directories,
          lock,
          home: homedir(),
          environment: process.env,
          command: ownCommand(),
          app: null,
        });
        const report = json ? await work : await withProgress('Checking this machine…', io.err, work);
        if (json) io.out.write(`${jsonLine(report)}\n`);
        else io.out.lines(doctorView(report, io.out.paper()));
        return report.ok ? 0 : 1;
      }),
    );
};

/** The file that starts this Sexton: the packaged app's script, or the built command; null when it runs from source. */
function ownCommand(): string | null {
  if (process.versions.electron !== undefined) return join(process.resourcesPath, 'bin/sexton');
  const script = process.argv[1];
  return script !== undefined && !script.endsWith('.ts') && existsSync(script) ? realpathSync(script) : null;
}
