/** Runs one piece of work at a time, in the order of the calls, and returns its result. */
export type Serial = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** Makes a new queue. Work that fails does not hold up the work behind it. */
export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
