/** Waits until `condition` gives something truthy, looking every `everyMs`; fails with `what` when it takes too long. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { timeoutMs = 10_000, everyMs = 20, what = 'the condition' } = {},
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
