import {
  defineGrid,
  type IceServerRef,
  NAT_PRESETS,
  type NatPreset,
  type NatPresetName,
  type PeerEngine,
} from "../lab/index.ts";
import { comparedGrid, engineOf } from "./_agreement.ts";
import { NAT_GRID_DIFFERENCES } from "./_engine-differences.ts";

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

/** The grid with peers of one engine, with the default one where none is named. */
export const natGrid = (engine?: PeerEngine) =>
  defineGrid({
    ...comparedGrid("nat-grid", engine),
    differences: NAT_GRID_DIFFERENCES,
    description: "Every NAT calls every other, with STUN only and with TURN: which path there is.",
    topology: {
      routers: Object.fromEntries(places.map(({ name, nat }) => [name, { nat }])),
      turnServers: { turn: {} },
    },
    // A peer has a name of its own, next to its router's.
    peers: Object.fromEntries(
      places.map(({ name }) => [`at-${name}`, { behind: name, iceServers: [], ...engineOf(engine) }]),
    ),
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
