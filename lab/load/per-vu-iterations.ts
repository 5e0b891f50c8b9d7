import type { PerVuIterations } from "../model/load.ts";
import type { Iterate } from "./iterate.ts";

/** Each VU runs its own iterations, one after the other; all VUs at once (k6: per_vu_iterations). */
export async function perVuIterations(load: PerVuIterations, iterate: Iterate, signal: AbortSignal): Promise<void> {
  const vu = async (number: number) => {
    for (let iteration = 0; iteration < load.iterations && !signal.aborted; iteration++)
      await iterate(number, iteration);
  };
  await Promise.all(Array.from({ length: load.vus }, (_, index) => vu(index + 1)));
}
