import type { EngineDifference } from "../lab/index.ts";

/**
 * Where an engine is known to come to something else than the networks' behaviours say, and why. lab/peer/README.md tells
 * more under "Where the engines differ". One that is not seen any more is told in the report, and to be taken out.
 */

/** In grids whose calls may have a direct path and a relay: `tables` are those with TURN. */
export const firstPairStays = (tables: string[], atMost: number): EngineDifference => ({
  engine: "firefox",
  where: [{ tables, computed: ["direct", "local"] }],
  comesTo: "relayed",
  atMost,
  why: "The first pair that works cancels all that still wait to be checked, better ones too, so that a call stays on a relay whose candidates were there first.",
  source: "nICEr, ice_component.c, nr_ice_component_nominated_pair",
});

// Two of 68 were the most here; answers come later on a busier machine.
export const NAT_GRID_DIFFERENCES: EngineDifference[] = [firstPairStays(["STUN and TURN"], 0.25)];

export const TRANSPORT_GRID_DIFFERENCES: EngineDifference[] = [];
