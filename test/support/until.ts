/**
 * Waits until `condition` returns something truthy, checking every `everyMs`; fails with `what` at the deadline. The deadline only ends a
 * test that cannot pass: it is long enough for a machine whose cores are all busy, and says nothing about how long something may take.
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { timeoutMs = 45_000, everyMs = 20, what = 'the condition' } = {},
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
