import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import { type Bridge, type BridgeHandlers, bridge, type Push } from '../../../shared/bridge/bridge.ts';
import { channelOf } from '../../../shared/bridge/channel.ts';
import { failure, success } from '../../../shared/result.ts';
import type { Answer } from './answer.ts';
import { isPanelUrl } from './protocol.ts';

/** What main may say to the panel: a function per push of the contract. */
export type BridgePushes = {
  [Group in keyof Bridge]: {
    [Call in keyof Bridge[Group] as Bridge[Group][Call] extends { kind: 'push' }
      ? Call
      : never]: Bridge[Group][Call] extends Push<infer Payload> ? (payload: Payload) => void : never;
  };
};

/** The pushes of the contract over a way to send. */
export function bridgePushes(send: (channel: string, payload: unknown) => void): BridgePushes {
  const groups = Object.entries(bridge).map(([group, calls]) => {
    const pushes = Object.entries(calls)
      .filter(([, call]) => call.kind === 'push')
      .map(([name]) => [name, (payload: unknown) => send(channelOf(group, name), payload)]);
    return [group, Object.fromEntries(pushes)];
  });
  return Object.fromEntries(groups);
}

/** What `serveBridge` needs beside the handlers. */
export interface BridgeParts {
  ipcMain: Pick<IpcMain, 'handle'>;
  /** Is this the panel's own window? */
  owns(contents: { id: number }): boolean;
  /** Called with what a handler threw: a defect, which the panel only sees as `failed`. */
  onDefect(thrown: unknown, channel: string): void;
}

/** A call counts when it comes from the main frame of the panel's window while that shows the panel's own page. */
export function isTrusted(
  { sender, senderFrame }: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>,
  owns: BridgeParts['owns'],
): boolean {
  return senderFrame !== null && owns(sender) && senderFrame === sender.mainFrame && isPanelUrl(senderFrame.url);
}

/** Answers the panel's calls: first checks the sender, then the input. A channel that the contract does not name has no handler at all. */
export function serveBridge(handlers: BridgeHandlers, { ipcMain, owns, onDefect }: BridgeParts): void {
  for (const [group, calls] of Object.entries(bridge)) {
    for (const [name, call] of Object.entries(calls)) {
      if (call.kind !== 'ask') continue;
      const channel = channelOf(group, name);
      const handler = handlerOf(handlers, group, name);
      ipcMain.handle(channel, async (event, ...input): Promise<Answer> => {
        if (!isTrusted(event, owns)) return failure({ code: 'foreign-sender' });
        const checked = call.input.safeParse(input[0]);
        if (!checked.success || input.length > 1) return failure({ code: 'bad-input' });
        try {
          return success(await handler(checked.data));
        } catch (thrown) {
          onDefect(thrown, channel);
          return failure({ code: 'failed' });
        }
      });
    }
  }
}

/** The types pair every name with its handler, but iterating over the names loses that. */
function handlerOf(handlers: BridgeHandlers, group: string, name: string): (input: unknown) => unknown {
  const calls: Record<string, Record<string, (input: never) => unknown>> = handlers;
  return calls[group]?.[name] as (input: unknown) => unknown;
}
