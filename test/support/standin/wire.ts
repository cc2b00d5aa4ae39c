import type { Rectangle } from 'electron';

/** What the test asks of the double that runs in main's process. */
export type Order =
  | { do: 'state' }
  | { do: 'click-tray'; bounds: Rectangle }
  | { do: 'choose'; id: string }
  | { do: 'notification'; index: number; event: 'click' | 'action' }
  | { do: 'fail-notifications'; how: 'failed' | 'unsupported' | null }
  | { do: 'invoke'; contents: number; frame: { url: string; main: boolean }; channel: string; input: unknown[] }
  | { do: 'request'; url: string; method: string }
  | { do: 'loaded'; contents: number }
  | { do: 'blur' }
  | { do: 'crash' }
  | { do: 'app'; event: 'activate' }
  | { do: 'power'; event: 'suspend' | 'resume' | 'on-battery' | 'on-ac' }
  | { do: 'pass-time'; ms: number; asleep: boolean }
  | { do: 'remove-display' }
  | { do: 'navigate'; url: string }
  | { do: 'permission'; name: string }
  | { do: 'quit' };

/** What main did with its windows, for the browser to follow. */
export type Notice =
  | { tell: 'load'; contents: number; url: string; preload: string; width: number; height: number }
  | { tell: 'resize'; contents: number; width: number; height: number }
  | { tell: 'send'; contents: number; channel: string; payload: unknown }
  | { tell: 'destroyed'; contents: number };

export type ToDouble = { id: number; order: Order };
export type FromDouble =
  | { kind: 'answer'; id: number; ok: true; value: unknown }
  | { kind: 'answer'; id: number; ok: false; message: string }
  | { kind: 'notice'; notice: Notice };

/** An answer to a request for one of the panel's files. */
export interface ServedFile {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A notification as it was shown. */
export interface NotificationState {
  title: string;
  body: string;
  silent: boolean;
  urgency: string;
}

/** What can be seen of the app from outside. */
export interface AppState {
  tray: {
    /** The image's file, or `bitmap`. */
    image: string;
    template: boolean;
    title: string;
    tooltip: string;
    menu: { id: string; label: string; enabled: boolean; checked: boolean }[];
    calls: Record<'setImage' | 'setTitle' | 'setToolTip' | 'setContextMenu', number>;
  } | null;
  panel: { contents: number; visible: boolean; bounds: Rectangle } | null;
  /** The work areas of the displays, the main one first. */
  displays: Rectangle[];
  /** Windows made since the start. */
  windowsMade: number;
  notifications: NotificationState[];
  clipboard: string;
  opened: string[];
}
