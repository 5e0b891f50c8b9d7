/**
 * Starts things of which many at once take each other's time, browsers for one: so many side by side, and the next where one
 * of them is up or has failed. Resolves when all have been started; the last ones may not be up yet.
 * @returns what came of each start, in their order
 */
export async function startInTurn<T>(
  starts: readonly (() => Promise<T>)[],
  atOnce: number,
  whenUp: (started: T) => Promise<void>,
  signal: AbortSignal,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  const queue = [...starts.entries()];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, start] = next;
        const [result] = await Promise.allSettled([signal.aborted ? Promise.reject(signal.reason) : start()]);
        results[index] = result;
        if (result.status === "fulfilled" && queue.length > 0)
          await Promise.race([whenUp(result.value), whenAborted(signal)]);
      }
    }),
  );
  return results;
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
