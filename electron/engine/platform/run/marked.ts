/**
 * The environment variable that marks the processes of one guarded command: children inherit it, even those that
 * outlive their parent before the two were seen together.
 */
export const MARK_NAME = 'SEXTON_GUARD_ID';

/**
 * The pids of this user's processes that carry the mark. Nothing else of their environments, which may hold secrets, is
 * kept.
 */
export type FindMarked = (mark: string) => Promise<number[]>;
