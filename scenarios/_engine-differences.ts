import type { EngineDifference } from "../lab/index.ts";

/**
 * Where an engine is known to come to something else than the networks' behaviours say, and why. lab/peer/README.md tells
 * more under "Where the engines differ". One that is not seen any more is told in the report, and to be taken out.
 */
export const NAT_GRID_DIFFERENCES: EngineDifference[] = [];

export const TRANSPORT_GRID_DIFFERENCES: EngineDifference[] = [];
