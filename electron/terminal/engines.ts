import type { Snapshot } from '../../shared/snapshot.ts';
import type { Engine } from '../engine/api.ts';

/** What flags of one call say; they beat environment, file and defaults. A port outside the settings is watched for this call. */
export interface CallFlags {
  ports: readonly number[];
  intervalMs?: number;
}

/** How commands come by an engine; the door (`cli.ts`) decides which. */
export interface Engines {
  /** One look: two reads of the kernel's table 250 ms apart. */
  look(flags: CallFlags): Promise<Snapshot>;
  /** An engine that has not started; the caller stops it. */
  open(flags: CallFlags): Promise<Engine>;
}
