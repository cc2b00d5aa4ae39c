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
  /** Has a zombie and ends on SIGTERM. */
  polite: Actor;
  /** Has a zombie and ignores SIGTERM. */
  deaf: Actor;
  /** Has a zombie and a live session. */
  live: Actor;
  /** Disconnected properly, but the Gateway did not close its end. */
  gone: Actor;
}

/** The bots' connections: the only ones the pretend Gateway may ever accept. */
const CONNECTIONS = 5;

/** Starts and connects the bots, and scans while all of them are connected, because that is when Sexton learns the culprits. */
export async function startBots({ cast, port, scan }: Stage): Promise<{ bots: Bots; live: Scan; left: number[] }> {
  const start = async () => must(await cast.start(), 'A pretend bot could not be started.');
  const [polite, deaf, live, gone] = await Promise.all([start(), start(), start(), start()]);
  const connect = async (bot: Actor, count = 1) =>
    must(await bot.tell({ do: 'connect', port, count }), 'The pretend Gateway did not answer a pretend bot.');
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

/** Did the scan see the live sessions correctly? */
export function judgeSessions({ look }: Scan, { port }: Stage): string {
  const sessions = must(look, "The kernel's socket table was not read.").sessions.filter(
    (session) => session.port === port,
  );
  demand(sessions.length === CONNECTIONS, `Saw ${sessions.length} sessions instead of ${CONNECTIONS}.`);
  if (sessions.every(({ answered }) => answered === null)) {
    return `${CONNECTIONS} sessions. This system does not show whether they were answered.`;
  }
  demand(
    sessions.every(({ answered }) => answered === true),
    'An answered session was not recognised as answered.',
  );
  return `${CONNECTIONS} sessions, all answered.`;
}

/** Makes the zombies: three client-side, one gateway-side. */
export async function makeZombies(stage: Stage, { gone }: Bots, left: readonly number[]): Promise<Scan> {
  must(await stage.gateway.tell({ do: 'close', ports: [...left] }), 'The pretend Gateway did not close.');
  must(await gone.tell({ do: 'leave' }), 'A pretend bot did not leave.');
  void gone.tell({ do: 'vanish' });
  await gone.ended;
  return stage.scanUntil(({ parts: { ports } }) => ports[0]?.zombies.client === 3 && ports[0].zombies.gateway === 1);
}

/** Is the count right on each side? */
export function judgeCount({ parts }: Scan): string {
  const seen = must(parts.ports[0], 'The port was not seen.');
  const { client, gateway } = seen.zombies;
  demand(
    client === 3 && gateway === 1,
    `Counted ${client} client-side and ${gateway} gateway-side instead of 3 and 1.`,
  );
  demand(
    parts.scan.kind === 'ok',
    `The scan was ${parts.scan.kind}: ${parts.scan.problems.map(({ hint }) => hint).join(' ')}`,
  );
  return '3 client-side and 1 gateway-side.';
}

/** Does each zombie have the right owner? */
export function judgeOwners(scan: Scan, stage: Stage, { polite, deaf, live, gone }: Bots): string {
  for (const bot of [polite, deaf, live]) {
    demand(
      ownerOf(scan, bot.pid, 'client')?.zombies === 1,
      `The zombie of process ${bot.pid} has no owner or the wrong one.`,
    );
  }
  const keeper = must(
    ownerOf(scan, stage.gateway.pid, 'gateway'),
    'The gateway-side zombie has no owner or the wrong one.',
  );
  demand(scan.parts.unattributed === 0, `${scan.parts.unattributed} zombies have no owner.`);
  const culprit = keeper.culprits.map(({ pid }) => pid);
  demand(culprit.includes(gone.pid), 'Sexton does not remember which bot left the gateway-side zombie.');
  return `4 zombies, 4 owners; process ${gone.pid}, now gone, left the gateway-side one.`;
}

/** Does the verdict protect exactly the processes it must? */
export function judgeRefusals(scan: Scan, stage: Stage, { polite, deaf, live }: Bots, self: number): string {
  const expected: readonly (readonly [pid: number, reason: keyof typeof PROTECTED_WORDS | null, who: string])[] = [
    [stage.gateway.pid, 'gateway-listener', 'The listener'],
    [live.pid, 'live-session', 'The bot with a live session'],
    [1, 'self', 'The first process'],
    [self, null, 'Sexton itself'],
    [polite.pid, null, ''],
    [deaf.pid, null, ''],
  ];
  for (const [pid, reason, who] of expected.slice(0, 4)) {
    const verdict = must(stage.verdict(scan, pid), 'The owners could not be read.');
    demand(verdict.kind === 'protected', `${who} (${pid}) is not protected.`);
    if (reason !== null) {
      demand(
        verdict.kind === 'protected' && verdict.reason === reason,
        `${who} (${pid}) is protected for the wrong reason.`,
      );
    }
  }
  for (const bot of [polite, deaf]) {
    demand(stage.verdict(scan, bot.pid)?.kind === 'cleanable', `Bot ${bot.pid} is not cleanable.`);
  }
  return 'Listener, live session, Sexton and process 1 are refused; two bots can be cleaned.';
}

/** Cleans, and returns the result. */
export async function clean(stage: Stage): Promise<CleanResult> {
  const { proof } = await stage.scan();
  const plan = await stage.cleaning.plan(must(proof, 'The owners could not be read.'), 0, {
    purpose: 'zombies',
    includeLive: [],
  });
  const outcome = await stage.cleaning.confirm(plan.id, 'user', () => undefined);
  return must(outcome.ok ? outcome.value : null, outcome.ok ? '' : `The clean failed: ${outcome.error.code}.`);
}

/** Did SIGTERM end the polite bot and SIGKILL the deaf one, and was nothing else stopped? */
export function judgeClean({ stopped }: CleanResult, { polite, deaf }: Bots): string {
  const how = (bot: Actor) => stopped.find(({ pid }) => pid === bot.pid)?.signal ?? 'Nothing';
  demand(how(polite) === 'SIGTERM', `${how(polite)} ended the polite bot instead of SIGTERM.`);
  demand(how(deaf) === 'SIGKILL', `${how(deaf)} ended the bot that ignores SIGTERM, instead of SIGKILL.`);
  const others = stopped.filter(({ pid }) => pid !== polite.pid && pid !== deaf.pid);
  demand(others.length === 0, `Also stopped ${counted(others.length, 'other process', 'other processes')}.`);
  return 'SIGTERM ended one bot, SIGKILL the one that ignored it.';
}

/** Does the verified result agree with a new scan? */
export function judgeVerdict({ remaining }: CleanResult, after: Scan, stage: Stage, { live }: Bots): string {
  const total = after.parts.ports[0]?.zombies.total ?? null;
  demand(remaining === 2, `The clean reports ${remaining} remaining instead of 2.`);
  demand(total === 2, `A new scan finds ${total} instead of 2.`);
  const kept =
    ownerOf(after, live.pid, 'client') !== undefined && ownerOf(after, stage.gateway.pid, 'gateway') !== undefined;
  demand(kept, 'The remaining zombies do not belong to the refused processes.');
  return 'Only the 2 zombies of refused processes remain, as a new scan confirms.';
}

/** Was each signal in the journal before it was sent? */
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
    demand(order.join() === expected.join(), `The journal has for process ${pid}: ${order.join(', ') || 'nothing'}.`);
  }
  return 'Each signal was journalled before it was sent, and its outcome after.';
}

const signalEntry = z.object({
  event: z.enum(['signal_planned', 'signal_sent']),
  signal: z.string(),
  process: z.object({ pid: z.number() }),
});

/** Did anything but the pretend bots connect to the port? */
export async function judgeAccepted(stage: Stage): Promise<string> {
  const [accepted] = must(await stage.gateway.tell({ do: 'count' }), 'The pretend Gateway does not respond.');
  demand(accepted === CONNECTIONS, `The port accepted ${accepted} connections; the bots made ${CONNECTIONS}.`);
  return `The port accepted the bots' ${CONNECTIONS} connections and no others.`;
}
