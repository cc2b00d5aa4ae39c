import { LOCK_NEVER_STALE } from '../../../../shared/words/lock.ts';
import { withEngine } from '../../engines.ts';
import { addCommand, addGroup, type Register } from '../../kit/command.ts';
import { paragraph } from '../../screen/paint.ts';
import { lockLine } from '../../views/protection.ts';
import { addLockRun } from './run.ts';

/** `sexton lock status|run`: shows who holds the handshake lock and who is waiting, without ever trying to take it; runs a command under it. */
export const registerLock: Register = (program, context) => {
  const group = addGroup(program, { name: 'lock', summary: "show or use the bots' handshake lock" });
  addCommand(group, {
    name: 'status',
    summary: 'show who holds the lock and who is waiting',
    details: ['Read-only: it never takes the lock, not even for a moment.', 'Exit code: 0.'],
    examples: [['sexton lock status', 'see which bot is in its handshake']],
  }).action(() =>
    withEngine(context, { ports: [] }, async ({ lock, settings }) => {
      const { out, now } = context.io;
      const state = await lock.observe(settings.current().lockPath);
      const paper = out.paper();
      out.lines([
        ...paragraph(lockLine(state, now()), state.kind === 'unknown' ? 'blind' : 'plain', paper),
        ...paragraph(`${state.path}: ${LOCK_NEVER_STALE}`, 'quiet', paper),
      ]);
      return 0;
    }),
  );
  addLockRun(group, context);
};
