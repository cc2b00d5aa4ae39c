/** Runs a work once all that were given before it have ended; its answer, or its failure, is the caller's alone. */
export type InTurn = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** A queue of works that run one after the other, in the order in which they were given. One that fails holds up nobody. */
export function serial(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
