import type { IpcRenderer, IpcRendererEvent } from 'electron';
import { channelOf } from '../../../shared/bridge/channel.ts';
import type { BridgeShape } from '../../../shared/bridge/shape.ts';
import type { Answer } from './answer.ts';

type Wire = Pick<IpcRenderer, 'invoke' | 'on' | 'removeListener'>;

/**
 * What the panel sees as `window.sexton`: a function per name of the contract and nothing else, so that the page can
 * neither choose a channel nor reach Electron. A call that main refused rejects with the refusal's code as its message.
 */
export function bridgeClient(shape: BridgeShape, wire: Wire): Record<string, Record<string, unknown>> {
  const ask = (name: string) => async (input?: unknown) => {
    const answer: Answer = await wire.invoke(name, input);
    if (!answer.ok) throw new Error(answer.error.code);
    return answer.value;
  };
  const push = (name: string) => (listener: (payload: unknown) => void) => {
    // The event is kept back: it carries the sender, with which a page could talk to main on any channel.
    const hear = (_event: IpcRendererEvent, payload: unknown) => listener(payload);
    wire.on(name, hear);
    return () => {
      wire.removeListener(name, hear);
    };
  };
  return Object.fromEntries(
    Object.entries(shape).map(([group, calls]) => [
      group,
      Object.fromEntries(
        Object.entries(calls).map(([call, kind]) => [
          call,
          kind === 'ask' ? ask(channelOf(group, call)) : push(channelOf(group, call)),
        ]),
      ),
    ]),
  );
}
