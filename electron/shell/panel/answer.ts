import type { Result } from '../../../shared/result.ts';

/** Why main did not carry out a call of the panel: not from the panel's own page, not of the call's form, or it failed inside. */
export interface Refusal {
  code: 'foreign-sender' | 'bad-input' | 'failed';
}

/** What travels back for every call: never an exception, whose text Electron would hand to the page. */
export type Answer = Result<unknown, Refusal>;
