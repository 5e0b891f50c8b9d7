import type { SharedIterations } from "../model/load.ts";
import type { Iterate } from "./iterate.ts";

/** The VUs take iterations from one pool until it is empty (k6: shared_iterations). */
export async function sharedIterations(load: SharedIterations, iterate: Iterate, signal: AbortSignal): Promise<void> {
  let next = 0;
  const vu = async (number: number) => {
    while (next < load.iterations && !signal.aborted) await iterate(number, next++);
  };
  await Promise.all(Array.from({ length: load.vus }, (_, index) => vu(index + 1)));
}
