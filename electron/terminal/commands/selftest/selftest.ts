import process from 'node:process';
import { systemClock } from '../../../engine/clock.ts';
import { toolBench } from '../../../engine/doctor/doctor.ts';
import { systemFacts } from '../../../engine/doctor/system.ts';
import { probeTools } from '../../../engine/doctor/tools.ts';
import { createPlatform } from '../../../engine/platform/index.ts';
import type { Platform } from '../../../engine/platform/types.ts';
import { runActor } from '../../../engine/selftest/actor.ts';
import { runSelftest } from '../../../engine/selftest/selftest.ts';
import { withEngine } from '../../engines.ts';
import { addCommand, type Register } from '../../kit/command.ts';
import { paragraph } from '../../screen/paint.ts';
import { actorCommand } from './actor-command.ts';
import { selftestSummary, trialLines } from './view.ts';

/** The hidden command with which the selftest starts its pretend Gateway and bots: this same program again. */
const ACTOR_COMMAND = 'selftest-part';

/** `sexton selftest`: proves on this machine what the tests prove elsewhere. */
export const registerSelftest: Register = (program, context) => {
  addCommand(program, {
    name: 'selftest',
    summary: 'prove on this machine that Sexton works',
    details: [
      'Tests scanning, refusing, cleaning and locking on zombie connections of its own: it starts a pretend Gateway and pretend bots on a spare loopback port. It never touches your ports, bots or lock file, and leaves nothing behind, even if it is killed. It takes about ten seconds.',
      'Paste the table into a bug report.',
      'Exit code: 0 everything works, 1 something does not.',
    ],
    examples: [['sexton selftest', 'run all trials']],
  }).action(() =>
    withEngine(context, { ports: [] }, async ({ settings }) => {
      const platform = createPlatform();
      if (!platform.ok) return 1;
      const { out } = context.io;
      out.lines(paragraph(await subject(platform.value), 'quiet', out.paper()));
      const report = await runSelftest({
        platform: platform.value,
        settings: settings.current(),
        command: [...actorCommand(process), ACTOR_COMMAND],
        onTrial: (trial) => out.lines(trialLines(trial, out.paper())),
      });
      out.lines(selftestSummary(report, out.paper()));
      return report.ok ? 0 : 1;
    }),
  );
  program
    .command(ACTOR_COMMAND, { hidden: true })
    .argument('<folder>')
    .action((folder: string) => runActor(folder, process));
};

/** Where the trials run: system, runtime and the versions of the tools. */
async function subject(platform: Platform): Promise<string> {
  const facts = systemFacts(platform);
  const tools = await probeTools(platform.notes, toolBench({ platform, clock: systemClock }));
  const versions = tools.map(({ tool, version }) => `${tool} ${version ?? '(no version)'}`);
  const runtime = facts.electron === null ? `Node ${facts.node}` : `Electron ${facts.electron}`;
  return ['Sexton selftest', `${facts.name} ${facts.architecture}`, runtime, ...versions].join(' · ');
}
