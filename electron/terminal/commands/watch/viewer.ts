import type { Snapshot } from '../../../../shared/snapshot.ts';

/** Shows snapshots: `show` gets each of them, and `closed` settles when the person quits or the reader goes away. */
export interface Viewer {
  show(snapshot: Snapshot): void;
  closed: Promise<void>;
  close(): void;
}
