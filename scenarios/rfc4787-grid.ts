import { defineGrid, type NatData } from "../lab/index.ts";

/** RFC 4787's words for mapping (section 4.1) and filtering (section 5), shortened for the grid's heads. */
const WORDS = {
  EI: "endpoint-independent",
  AD: "address-dependent",
  APD: "address-and-port-dependent",
} as const satisfies Record<string, NatData["mapping"]>;

const behaviours = Object.entries(WORDS).flatMap(([short, mapping]) =>
  Object.entries(WORDS).map(([filter, filtering]) => ({
    label: `${short}/${filter}`,
    name: `${short}-${filter}`.toLowerCase(),
    nat: { mapping, filtering },
  })),
);
const SIDES = ["left", "right"] as const;
const places = SIDES.flatMap((side) => behaviours.map(({ name, nat }) => ({ name: `${side}-${name}`, nat })));

export default defineGrid({
  description: "All nine mapping/filtering behaviours of RFC 4787 call each other with STUN only.",
  tags: ["grid"],
  topology: {
    routers: Object.fromEntries(places.map(({ name, nat }) => [name, { nat }])),
    turnServers: { turn: {} },
  },
  peers: Object.fromEntries(
    places.map(({ name }) => [`at-${name}`, { behind: name, iceServers: [{ server: "turn", urls: ["stun"] }] }]),
  ),
  cells: behaviours.flatMap((row) =>
    behaviours.map((column) => ({
      table: "STUN only, mapping/filtering",
      row: row.label,
      column: column.label,
      offerer: `at-left-${row.name}`,
      answerer: `at-right-${column.name}`,
    })),
  ),
  concurrency: 4,
});
