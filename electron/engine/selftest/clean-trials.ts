import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { CleanResult } from '../../../shared/snapshot.ts';
import { counted } from '../../../shared/words/format.ts';
import type { PROTECTED_WORDS } from '../../../shared/words/verdict.ts';
import type { Scan } from '../core/watcher.ts';
import { journalPath } from '../record/journal/files.ts';
import type { Actor } from './cast.ts';
import { demand, must, ownerOf, type Stage } from './stage.ts';

/** The pretend bots. */
export interface Bots {
  /** Left a zombie and ends when asked. */
  polite: Actor;
  /** Left a zombie and ignores SIGTERM. */
  deaf: Actor;
  /** Left a zombie and has a live session. */
  live: Actor;
  /** Left properly; the Gateway did not close its end. */
  gone: Actor;
}

/** Connections that the bots make: the only ones the pretend Gateway may ever accept. */
export const CONNECTIONS = 5;

/** Starts the bots, has each connect, and looks while all of them are connected, which is when culprits are learned. */
export async function startBots({ cast, port, scan }: Stage): Promise<{ bots: Bots; live: Scan; left: number[] }> {
  const start = async () => must(await cast.start(), 'A pretend bot could not be started.');
  const [polite, deaf, live, gone] = await Promise.all([start(), start(), start(), start()]);
  const connect = async (bot: Actor, count = 1) =>
    must(await bot.tell({ do: 'connect', port, count }), 'A pretend bot was not answered by the pretend Gateway.');
  const [one, two, [three = 0], , deafened] = await Promise.all([
    connect(polite),
    connect(deaf),
    connect(live, 2),
    connect(gone),
    deaf.tell({ do: 'deafen' }),
  ]);
  must(deafened, 'A pretend bot could not be made to ignore SIGTERM.');
  return { bots: { polite, deaf, live, gone }, live: await scan(), left: [...one, ...two, three] };
}

/** Is what was seen of the living connections true? */
export function judgeSessions({ look }: Scan, { port }: Stage): string {
  const sessions = must(look, 'The kernel was not read.').sessions.filter((session) => session.port === port);
  demand(sessions.length === CONNECTIONS, `${sessions.length} sessions were seen, and there are ${CONNECTIONS}.`);
  if (sessions.every(({ answered }) => answered === null)) {
    return `${CONNECTIONS} sessions. This system does not tell whether they were answered.`;
  }
  demand(
    sessions.every(({ answered }) => answered === true),
    'A session that was answered was not seen to be.',
  );
  return `${CONNECTIONS} sessions, all seen to be answered.`;
}

/** Makes the zombies: three that bots left, one that the Gateway keeps. */
export async function makeZombies(stage: Stage, { gone }: Bots, left: readonly number[]): Promise<Scan> {
  must(await stage.gateway.tell({ do: 'close', ports: [...left] }), 'The pretend Gateway did not close.');
  must(await gone.tell({ do: 'leave' }), 'A pretend bot did not leave.');
  void gone.tell({ do: 'vanish' });
  await gone.ended;
  return stage.scanUntil(({ parts: { ports } }) => ports[0]?.zombies.client === 3 && ports[0].zombies.gateway === 1);
}

/** Is the count right, on each side? */
export function judgeCount({ parts }: Scan): string {
  const seen = must(parts.ports[0], 'The port was not seen.');
  const { client, gateway } = seen.zombies;
  demand(client === 3 && gateway === 1, `Seen: ${client} client-side and ${gateway} gateway-side; there are 3 and 1.`);
  demand(
    parts.scan.kind === 'ok',
    `The look was ${parts.scan.kind}: ${parts.scan.problems.map(({ hint }) => hint).join(' ')}`,
  );
  return '3 client-side, 1 gateway-side, told apart.';
}

/** Is each zombie laid at the right door? */
export function judgeOwners(scan: Scan, stage: Stage, { polite, deaf, live, gone }: Bots): string {
  for (const bot of [polite, deaf, live]) {
    demand(
      ownerOf(scan, bot.pid, 'client')?.zombies === 1,
      `The zombie of process ${bot.pid} has no or another owner.`,
    );
  }
  const keeper = must(ownerOf(scan, stage.gateway.pid, 'gateway'), 'The gateway-side zombie has no or another owner.');
  demand(scan.parts.unattributed === 0, `${scan.parts.unattributed} zombies have no owner.`);
  const culprit = keeper.culprits.map(({ pid }) => pid);
  demand(culprit.includes(gone.pid), 'Who left the gateway-side zombie is not remembered.');
  return `4 zombies, 4 owners; process ${gone.pid} left the Gateway's and is gone.`;
}

/** Does the guard refuse whom it must, and only those? */
export function judgeRefusals(scan: Scan, stage: Stage, { polite, deaf, live }: Bots, self: number): string {
  const expected: readonly (readonly [pid: number, reason: keyof typeof PROTECTED_WORDS | null, who: string])[] = [
    [stage.gateway.pid, 'gateway-listener', 'the listener'],
    [live.pid, 'live-session', 'a bot with a live session'],
    [1, 'self', 'the first process'],
    [self, null, 'Sexton itself'],
    [polite.pid, null, ''],
    [deaf.pid, null, ''],
  ];
  for (const [pid, reason, who] of expected.slice(0, 4)) {
    const verdict = must(stage.verdict(scan, pid), 'The owners could not be read.');
    demand(verdict.kind === 'protected', `${who} (${pid}) would not be protected.`);
    if (reason !== null) {
      demand(
        verdict.kind === 'protected' && verdict.reason === reason,
        `${who} (${pid}) is protected for another reason.`,
      );
    }
  }
  for (const bot of [polite, deaf]) {
    demand(stage.verdict(scan, bot.pid)?.kind === 'cleanable', `The bot ${bot.pid} should be cleanable.`);
  }
  return 'Listener, live session, Sexton and process 1 are refused; two bots may be cleaned.';
}

/** Cleans, and says what came of it. */
export async function clean(stage: Stage): Promise<CleanResult> {
  const { proof } = await stage.scan();
  const plan = await stage.cleaning.plan(must(proof, 'The owners could not be read.'), 0, {
    purpose: 'zombies',
    includeLive: [],
  });
  const outcome = await stage.cleaning.confirm(plan.id, 'user', () => undefined);
  return must(outcome.ok ? outcome.value : null, outcome.ok ? '' : `The clean failed: ${outcome.error.code}.`);
}

/** Did SIGTERM end the polite bot, SIGKILL the deaf one, and nobody else come to harm? */
export function judgeClean({ stopped }: CleanResult, { polite, deaf }: Bots): string {
  const how = (bot: Actor) => stopped.find(({ pid }) => pid === bot.pid)?.signal ?? 'nothing';
  demand(how(polite) === 'SIGTERM', `The polite bot was ended by ${how(polite)}, not by SIGTERM.`);
  demand(how(deaf) === 'SIGKILL', `The deaf bot was ended by ${how(deaf)}, not by SIGKILL.`);
  const others = stopped.filter(({ pid }) => pid !== polite.pid && pid !== deaf.pid);
  demand(others.length === 0, `${counted(others.length, 'process', 'processes')} more were stopped.`);
  return 'SIGTERM for one, SIGKILL for the one that ignored it.';
}

/** Does the verified verdict agree with a fresh look? */
export function judgeVerdict({ remaining }: CleanResult, after: Scan, stage: Stage, { live }: Bots): string {
  const total = after.parts.ports[0]?.zombies.total ?? null;
  demand(remaining === 2, `The clean says that ${remaining} remain; there are 2.`);
  demand(total === 2, `A fresh look finds ${total}; there are 2.`);
  const kept =
    ownerOf(after, live.pid, 'client') !== undefined && ownerOf(after, stage.gateway.pid, 'gateway') !== undefined;
  demand(kept, 'What remains does not belong to those that were refused.');
  return 'What remains is what was refused: 2, as a fresh look confirms.';
}

/** Was each signal on record before it was sent? */
export async function judgeJournal({ cast }: Stage, { polite, deaf }: Bots): Promise<string> {
  const text = await readFile(journalPath(cast.folder), 'utf8').catch(() => '');
  const entries = text.split('\n').filter((line) => line !== '');
  for (const { pid } of [polite, deaf]) {
    const events = entries
      .map((line) => signalEntry.safeParse(JSON.parse(line)).data)
      .filter((entry) => entry?.process.pid === pid);
    const order = events.map((entry) => `${entry?.event} ${entry?.signal}`);
    const wanted = pid === polite.pid ? ['SIGTERM'] : ['SIGTERM', 'SIGKILL'];
    const expected = wanted.flatMap((signal) => [`signal_planned ${signal}`, `signal_sent ${signal}`]);
    demand(order.join() === expected.join(), `On record for ${pid}: ${order.join(', ') || 'nothing'}.`);
  }
  return 'Each signal was written before it was sent, and its outcome after.';
}

const signalEntry = z.object({
  event: z.enum(['signal_planned', 'signal_sent']),
  signal: z.string(),
  process: z.object({ pid: z.number() }),
});

/** Has anybody but the pretend bots connected to the port? */
export async function judgeAccepted(stage: Stage): Promise<string> {
  const [accepted] = must(await stage.gateway.tell({ do: 'count' }), 'The pretend Gateway does not answer.');
  demand(accepted === CONNECTIONS, `The port accepted ${accepted} connections; the bots made ${CONNECTIONS}.`);
  return `The port accepted the bots' ${CONNECTIONS} connections and no other.`;
}
