import { defineGrid, type IceServerRef, NAT_PRESETS, type NatPreset, type NatPresetName } from "../lab/index.ts";

/** Every preset that lets UDP out; what firewalls do is transport-grid's. */
const presets = (Object.entries(NAT_PRESETS) as [NatPresetName, NatPreset][]).flatMap(([name, { firewall }]) =>
  firewall === undefined ? [name] : [],
);

/** Two networks of each kind: one calls, one is called. */
const SIDES = ["left", "right"] as const;
const places = SIDES.flatMap((side) => presets.map((nat) => ({ name: `${side}-${nat}`, nat })));

const TABLES: Record<string, IceServerRef[]> = {
  "STUN only": [{ server: "turn", urls: ["stun"] }],
  "STUN and TURN": [{ server: "turn", urls: ["stun", "udp"] }],
};

export default defineGrid({
  description: "Every NAT calls every other, with STUN only and with TURN: which path there is.",
  tags: ["grid"],
  topology: {
    routers: Object.fromEntries(places.map(({ name, nat }) => [name, { nat }])),
    turnServers: { turn: {} },
  },
  // A peer has a name of its own, next to its router's.
  peers: Object.fromEntries(places.map(({ name }) => [`at-${name}`, { behind: name, iceServers: [] }])),
  cells: Object.entries(TABLES).flatMap(([table, iceServers]) =>
    presets.flatMap((row) =>
      presets.map((column) => ({
        table,
        row,
        column,
        offerer: `at-left-${row}`,
        answerer: `at-right-${column}`,
        iceServers: { offerer: iceServers, answerer: iceServers },
      })),
    ),
  ),
  concurrency: 4,
});
