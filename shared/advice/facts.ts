/** What recent history adds to the snapshot; a one-shot command knows none of it. */
export interface AdviceFacts {
  /** Guarded connects that failed since the last clean that left the ports clean. */
  failuresAfterClean: number;
  /** "Already connected" errors in the bots' log in the last 10 minutes. */
  alreadyConnected: number;
  /** Bots that left zombies three times or more within 24 hours, by name. */
  repeatOffenders: readonly string[];
  /** Bots seen to connect while they did not hold the handshake lock, by name. */
  unlocked: readonly string[];
}

export const NO_FACTS: AdviceFacts = { failuresAfterClean: 0, alreadyConnected: 0, repeatOffenders: [], unlocked: [] };
