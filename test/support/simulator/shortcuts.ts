import { until } from '../until.ts';
import { type Bot, type ConnectOptions, type Session, startBot } from './bot.ts';
import type { Gateway } from './gateway.ts';
import { findSockets, type SocketState, untilSockets } from './kernel.ts';

const portsOf = (sessions: readonly Session[]) => sessions.map((session) => session.port);

async function untilState(gateway: Gateway, clientPorts: readonly number[], ends: Partial<Record<Side, SocketState>>) {
  const wanted = clientPorts.flatMap((port) => [
    ...(ends.client ? [{ local: port, remote: gateway.port, state: ends.client }] : []),
    ...(ends.gateway ? [{ local: gateway.port, remote: port, state: ends.gateway }] : []),
  ]);
  await untilSockets(wanted, gateway.scene.network);
}

type Side = 'client' | 'gateway';

/** The bot's sessions of which the Gateway has closed its ends: `count` client-side zombies. Returns the client ports. */
export async function clientZombies(
  gateway: Gateway,
  bot: Bot,
  count = 1,
  options: ConnectOptions = {},
): Promise<number[]> {
  const wait = gateway.mode === 'answer';
  const ports = portsOf(await bot.connect({ port: gateway.port, wait, ...options, count }));
  const closed = async () => {
    // Repeated, because a connection that was not waited for may not have been accepted yet.
    await gateway.closeClients(ports);
    const left = await findSockets({ remote: gateway.port, state: 'CLOSE_WAIT' }, gateway.scene.network);
    return ports.every((port) => left.some((socket) => socket.local.port === port));
  };
  await until(closed, { what: `${count} client-side zombies` });
  return ports;
}

/**
 * Sessions that a bot closed and the Gateway does not: `count` gateway-side zombies. The bot is the given one, which
 * lives on, or one that leaves altogether. The Gateway refuses to close from now on. Returns the client ports.
 */
export async function gatewayZombies(gateway: Gateway, count = 1, bot?: Bot): Promise<number[]> {
  await gateway.refuseToClose();
  const guest = bot ?? (await startBot(gateway.scene, { gateway, script: 'guest.py' }));
  const wait = gateway.mode === 'answer';
  const ports = portsOf(await guest.connect({ port: gateway.port, count, wait }));
  await guest.disconnect(ports);
  if (!bot) await guest.exit();
  await untilState(gateway, ports, { gateway: 'CLOSE_WAIT' });
  return ports;
}

/** Sessions that the Gateway has answered and that stay. Returns the client ports. */
export async function liveSession(gateway: Gateway, bot: Bot, options: ConnectOptions = {}): Promise<number[]> {
  const sessions = await bot.connect({ port: gateway.port, ...options });
  if (!sessions.every((session) => session.answered)) throw new Error('The Gateway did not answer.');
  await untilState(gateway, portsOf(sessions), { client: 'ESTABLISHED', gateway: 'ESTABLISHED' });
  return portsOf(sessions);
}

/** Sessions of which a hanging Gateway leaves the greeting unread: TCP is up and no answer comes. Returns the client ports. */
export async function hungSessions(gateway: Gateway, bot: Bot, count = 1): Promise<number[]> {
  const ports = portsOf(await bot.connect({ port: gateway.port, count, wait: false }));
  const unread = async () => {
    const ends = await findSockets({ local: gateway.port, state: 'ESTABLISHED' }, gateway.scene.network);
    return ports.every((port) => ends.some((end) => end.remote.port === port && end.recvQ > 0));
  };
  await until(unread, { what: 'unread greetings at the Gateway' });
  return ports;
}

/** Connections that the Gateway no longer accepts, left by their bot: zombies without an owner. Returns the client ports. */
export async function backlogZombies(gateway: Gateway, bot: Bot, count = 1): Promise<number[]> {
  await gateway.stopAccepting();
  const ports = portsOf(await bot.connect({ port: gateway.port, count, wait: false }));
  await bot.disconnect(ports);
  await untilState(gateway, ports, { gateway: 'CLOSE_WAIT' });
  return ports;
}
