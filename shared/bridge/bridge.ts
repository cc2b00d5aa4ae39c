import { z } from 'zod';
import type { DoctorReport } from '../doctor.ts';
import type { HistoryView } from '../history.ts';
import type { Plan, PlanError } from '../plan.ts';
import type { Result } from '../result.ts';
import type { Settings } from '../settings/settings.ts';
import type { CleanResult, Snapshot } from '../snapshot.ts';

/** A call from the panel to main: what it carries is checked by `input` on arrival, `Output` only exists as a type. */
export interface Ask<Input, Output> {
  readonly kind: 'ask';
  readonly input: z.ZodType<Input>;
  /** Never set: it carries the type of the answer. */
  readonly output?: Output;
}

/** A message from main to the panel. */
export interface Push<Payload> {
  readonly kind: 'push';
  /** Never set: it carries the type of the message. */
  readonly payload?: Payload;
}

const ask =
  <Input>(input: z.ZodType<Input>) =>
  <Output>(): Ask<Input, Output> => ({ kind: 'ask', input });
const push = <Payload>(): Push<Payload> => ({ kind: 'push' });

const nothing = z.undefined();
const id = z.string().min(1).max(64);

/** One field of the settings that was refused, in words for the line next to it. */
export interface FieldError {
  /** Dotted, for example `breaker.recoveryMs` or `ports.0.port`. */
  path: string;
  message: string;
}

/** The screens that main can ask the panel to show. `review` is home with the clean's review open, for "Clean now…" in the menu. */
export type Screen = 'home' | 'review' | 'history' | 'settings' | 'restart' | 'welcome';

/** Facts about the app itself that no snapshot contains. */
export interface AppInfo {
  version: string;
  platform: 'darwin' | 'linux';
  /** Why notifications do not reach the user, in words; `null` while they do. */
  notificationProblem: string | null;
  /** A broken settings file that was moved aside, in words; `null` otherwise. */
  settingsProblem: string | null;
  /** True until the welcome was dismissed once. */
  firstRun: boolean;
}

/**
 * The whole contract between main and the panel, as one value: group, then call. Main, preload, renderer and the test
 * doubles are projections of it, so that a wrong name, direction or payload does not compile. The panel only asks:
 * nothing here names a pid or a signal.
 */
export const bridge = {
  snapshot: {
    get: ask(nothing)<Snapshot>(),
    changed: push<Snapshot>(),
  },
  clean: {
    /** `includeLive` holds ids of an earlier plan's refusals that a person confirmed apart. */
    plan: ask(z.object({ includeLive: z.array(id).max(100) }))<Result<Plan, PlanError>>(),
    confirm: ask(z.object({ planId: id }))<Result<CleanResult, PlanError>>(),
  },
  breaker: {
    reset: ask(nothing)<void>(),
    hold: ask(nothing)<void>(),
  },
  restart: {
    start: ask(nothing)<void>(),
    advance: ask(nothing)<void>(),
    cancel: ask(nothing)<void>(),
    /** The plan of the guide's first step: stop the listed bots. */
    plan: ask(z.object({ includeLive: z.array(id).max(100) }))<Result<Plan, PlanError>>(),
  },
  settings: {
    get: ask(nothing)<Settings>(),
    /** A patch of top-level settings, checked whole; nothing is kept of one that is refused. */
    set: ask(z.record(z.string().max(64), z.unknown()))<Result<Settings, FieldError[]>>(),
    changed: push<Settings>(),
  },
  history: {
    get: ask(z.object({ range: z.enum(['1h', '24h', '7d']) }))<HistoryView>(),
  },
  app: {
    info: ask(nothing)<AppInfo>(),
    infoChanged: push<AppInfo>(),
    doctor: ask(nothing)<DoctorReport>(),
    /** Minutes of quiet; 0 resumes. */
    pause: ask(z.object({ minutes: z.number().int().min(0).max(1_440) }))<void>(),
    copy: ask(z.object({ text: z.string().max(10_000) }))<void>(),
    openLogs: ask(nothing)<void>(),
    openNotificationSettings: ask(nothing)<void>(),
    dismissWelcome: ask(nothing)<void>(),
    hide: ask(nothing)<void>(),
    /** The height the panel asks for, in points, so that the window fits its content. */
    resize: ask(z.object({ height: z.number().int().min(120).max(2_000) }))<void>(),
    /** Main asks the panel to show a screen: from the menu, a notification or a second launch. */
    show: push<Screen>(),
    /** The panel was shown or hidden; while hidden it runs no timers. */
    visibility: push<boolean>(),
  },
} as const;

export type Bridge = typeof bridge;

type CallArguments<Input> = Input extends undefined ? [] : [input: Input];

/** What the preload puts on `window.sexton`: calls return promises, pushes take a listener and return its removal. */
export type BridgeClient = {
  [Group in keyof Bridge]: {
    [Call in keyof Bridge[Group]]: Bridge[Group][Call] extends Ask<infer Input, infer Output>
      ? (...input: CallArguments<Input>) => Promise<Output>
      : Bridge[Group][Call] extends Push<infer Payload>
        ? (listener: (payload: Payload) => void) => () => void
        : never;
  };
};

/** What main implements: a handler per call. */
export type BridgeHandlers = {
  [Group in keyof Bridge]: {
    [Call in keyof Bridge[Group] as Bridge[Group][Call] extends { kind: 'ask' }
      ? Call
      : never]: Bridge[Group][Call] extends Ask<infer Input, infer Output>
      ? (input: Input) => Output | Promise<Output>
      : never;
  };
};
