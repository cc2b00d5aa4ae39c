import { statusExitCode } from '../../../shared/severity.ts';
import { withEngine } from '../engines.ts';
import { parsePort } from '../kit/arguments.ts';
import { addCommand, type Register } from '../kit/command.ts';
import { jsonLine } from '../screen/text.ts';
import { snapshotView } from '../views/snapshot.ts';

interface StatusOptions {
  port?: number[];
  json?: true;
}

/** `sexton status`: one scan, for a person or as the snapshot in JSON. */
export const registerStatus: Register = (program, context) => {
  addCommand(program, {
    name: 'status',
    summary: 'scan the ports once and show the result',
    details: [
      "Reads the kernel's socket table twice, 250 ms apart; it never connects to a port.",
      'Exit code: 0 clear, 1 zombies here or elsewhere, 2 critical, 3 cannot see or a count is unknown.',
    ],
    examples: [
      ['sexton status', 'all watched ports'],
      ['sexton status --port 4002 --port 7497', 'these two, in the settings or not'],
      ['sexton status --json | jq .level', 'the whole snapshot as JSON'],
    ],
  })
    .option('--port <port>', 'show only this port; may be repeated', parsePort)
    .option('--json', 'print the snapshot as JSON, and nothing else')
    .action(({ port = [], json }: StatusOptions) =>
      withEngine(context, { ports: port }, async ({ engine }) => {
        const { out, now } = context.io;
        const snapshot = await engine.scan();
        if (json) out.write(`${jsonLine(snapshot)}\n`);
        else out.lines(snapshotView(snapshot, out.paper(), now()));
        return statusExitCode(snapshot);
      }),
    );
};
