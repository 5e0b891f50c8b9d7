import type { ServerRoom } from "../model/capacity.ts";

/** How many allocations bps-capacity lets in; null where it binds nothing. */
export function bandwidthAllocations({ bpsCapacity, maxBps }: ServerRoom): number | null {
  return bpsCapacity && maxBps ? Math.floor(bpsCapacity / maxBps) : null;
}
