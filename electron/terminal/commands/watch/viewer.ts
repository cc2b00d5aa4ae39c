import type { Snapshot } from '../../../../shared/snapshot.ts';

/** What shows the looks: `show` gets each of them, `closed` settles when the person or the reader is done. */
export interface Viewer {
  show(snapshot: Snapshot): void;
  closed: Promise<void>;
  close(): void;
}
