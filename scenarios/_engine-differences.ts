import type { EngineDifference } from "../lab/index.ts";

/**
 * Where an engine is known to come to something else than the networks' behaviours say, and why. lab/peer/README.md tells
 * more under "Where the engines differ". One that is not seen any more is told in the report, and to be taken out.
 */
export const NAT_GRID_DIFFERENCES: EngineDifference[] = [
  {
    engine: "firefox",
    where: [{ tables: ["STUN and TURN"], computed: ["direct"] }],
    comesTo: "relayed",
    // Two of 68 were the most here; answers come later on a busier machine.
    atMost: 0.25,
    why: "The first pair that works cancels all that still wait to be checked, better ones too, so that a call stays on a relay whose candidates were there first.",
    source: "nICEr, ice_component.c, nr_ice_component_nominated_pair",
  },
];

export const TRANSPORT_GRID_DIFFERENCES: EngineDifference[] = [];
