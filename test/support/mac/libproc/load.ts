import { type LibprocCalls, loadLibproc } from '../../../../electron/engine/platform/darwin/libproc/calls.ts';
import { createKoffiDouble, type DoubleOptions } from './koffi-double.ts';

/** The product's calls on the double. */
export async function loadDouble(options: DoubleOptions = {}): Promise<LibprocCalls> {
  const loaded = await loadLibproc(async () => createKoffiDouble(options));
  if (!loaded.ok) throw new Error(loaded.error.hint);
  return loaded.value;
}

/** The value of a result, or its failure as an error. */
export function must<Value>(result: { ok: true; value: Value } | { ok: false; error: { hint: string } }): Value {
  if (!result.ok) throw new Error(result.error.hint);
  return result.value;
}
