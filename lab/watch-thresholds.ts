import type { LabContext } from "./lab-context.ts";

/** How often k6 looks (k6: execution/scheduler, `thresholdsRate`). */
const LOOK_EVERY_MS = 2_000;

/** Ends a load whose scenario has a threshold with `abortOnFail` that does not hold any more. */
export function watchThresholds(
  scenario: string,
  { abortsFor, emit }: Pick<LabContext, "abortsFor" | "emit">,
): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  if (!abortsFor) return { signal: controller.signal, stop: () => {} };
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const threshold = abortsFor(scenario, performance.now() - startedAt);
    if (threshold === null) return;
    clearInterval(timer);
    emit({ type: "load_aborted", at: Date.now(), scenario, threshold });
    controller.abort();
  }, LOOK_EVERY_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
