import process from 'node:process';
import { systemClock } from '../../../engine/clock.ts';
import { toolBench } from '../../../engine/doctor/doctor.ts';
import { systemFacts } from '../../../engine/doctor/system.ts';
import { probeTools } from '../../../engine/doctor/tools.ts';
import { createPlatform } from '../../../engine/platform/index.ts';
import type { Platform } from '../../../engine/platform/types.ts';
import { runPart } from '../../../engine/selftest/part.ts';
import { runSelftest } from '../../../engine/selftest/selftest.ts';
import { withEngine } from '../../engines.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import { paragraph } from '../../screen/paint.ts';
import { partCommand } from './command.ts';
import { selftestSum, trialLines } from './view.ts';

/** The selftest starts this program again under this name for its pretend Gateway and bots; it is no command for people. */
const PART = 'selftest-part';

/** `sexton selftest`: proves on this machine what the tests prove elsewhere. */
export const registerSelftest: Register = (program, context) => {
  addCommand(program, {
    name: 'selftest',
    summary: 'prove on this machine that seeing, refusing, cleaning and locking work',
    details: [
      'Makes zombies of its own: a pretend Gateway and pretend bots, its own children, on a spare loopback port. Your ports, bots and lock file are never touched, and nothing is left behind, even when it is killed. It takes about ten seconds.',
      'The table is made to be pasted into a bug report. Exit code: 0 all is proved, 1 something is not.',
    ],
    examples: [['sexton selftest', 'prove it here']],
  }).action(() =>
    withEngine(context, { ports: [] }, async ({ settings }) => {
      const platform = createPlatform();
      if (!platform.ok) return 1;
      const { out } = context.io;
      out.lines(paragraph(await subject(platform.value), 'quiet', out.paper()));
      const report = await runSelftest({
        platform: platform.value,
        settings: settings.current(),
        command: [...partCommand(process), PART],
        onTrial: (trial) => out.lines(trialLines(trial, out.paper())),
      });
      out.lines(selftestSum(report, out.paper()));
      return report.ok ? 0 : 1;
    }),
  );
  program
    .command(PART, { hidden: true })
    .argument('<folder>')
    .action((folder: string) => runPart(folder, process));
};

/** On what it is proved: system, runtime and the versions of the tools. */
async function subject(platform: Platform): Promise<string> {
  const facts = systemFacts(platform);
  const tools = await probeTools(platform.notes, toolBench({ platform, clock: systemClock }));
  const versions = tools.map(({ tool, version }) => `${tool} ${version ?? 'of the system'}`);
  const runtime = facts.electron === null ? `Node ${facts.node}` : `Electron ${facts.electron}`;
  return ['Sexton selftest', `${facts.name} ${facts.architecture}`, runtime, ...versions].join(' · ');
}
