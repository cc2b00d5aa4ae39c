/**
 * The variable by which the processes of one guarded command are known: children inherit it, also those that outlive their
 * parent before anybody has seen them together.
 */
export const MARK_NAME = 'SEXTON_GUARD_ID';

/** The pids of this user's processes that carry the mark. Nothing else of an environment, which may hold secrets, is kept. */
export type FindMarked = (mark: string) => Promise<number[]>;
