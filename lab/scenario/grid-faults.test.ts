import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import { defineGrid } from "./define-scenario.ts";
import type { Fault } from "./fault.ts";

const cell = { table: "STUN only", row: "home", column: "symmetric", offerer: "left", answerer: "right" };
const good = defineGrid({
  description: "Each against each.",
  tags: ["grid"],
  topology: { routers: { home: { nat: "home" }, office: { nat: "symmetric" } }, turnServers: { turn: {} } },
  peers: {
    left: { behind: "home", iceServers: ["turn"], link: { loss: 0.01 } },
    right: { behind: "office", iceServers: [] },
  },
  cells: [
    { table: "STUN only", row: "home", column: "symmetric", offerer: "left", answerer: "right" },
    {
      ...{ table: "with TURN", row: "home", column: "symmetric", offerer: "left", answerer: "right" },
      iceServers: { offerer: [{ server: "turn", urls: ["tcp:80"] }], answerer: ["turn"] },
      transportPolicy: { offerer: "relay" },
    },
  ],
  concurrency: 4,
  traffic: { messageBytes: 100, messagesPerSecond: 10, durationMs: 500 },
  sessionTimeoutMs: 10_000,
});

const faultsOf = (changes: object): Fault[] => {
  const result = checkScenario({ ...good, ...changes }, "grid");
  return "faults" in result ? result.faults : [];
};

describe("a grid", () => {
  it("that is legal comes back as it is", () => {
    expect(checkScenario(good, "grid")).toEqual({ scenario: good });
  });

  it.each<[what: string, changes: object, fault: Partial<Fault>]>([
    ["no cells", { cells: [] }, { place: "cells", expected: "at least 1 of them" }],
    ["cells that are no list", { cells: 3 }, { place: "cells", expected: "a list" }],
    ["no calls at a time", { concurrency: 0 }, { place: "concurrency", expected: "a number from 1 to 100" }],
    [
      "a scenario's key",
      { load: {} },
      { place: "load", expected: expect.stringContaining("cells, concurrency") as string, found: 'the key "load"' },
    ],
    [
      "an unknown offerer",
      { cells: [{ ...cell, offerer: "lfet" }] },
      { place: "cells[0].offerer", expected: "one of peers (left, right)", hint: 'Did you mean "left"?' },
    ],
    ["a call to oneself", { cells: [{ ...cell, answerer: "left" }] }, { place: "cells[0].answerer", found: '"left"' }],
    [
      "an unknown server",
      { cells: [{ ...cell, iceServers: { offerer: ["trun"] } }] },
      { place: "cells[0].iceServers.offerer[0]", hint: 'Did you mean "turn"?' },
    ],
    [
      "an unknown kind of URL",
      { cells: [{ ...cell, iceServers: { answerer: [{ server: "turn", urls: ["tls:0"] }] } }] },
      { place: "cells[0].iceServers.answerer[0].urls[0]", found: '"tls:0"' },
    ],
    [
      "an unknown policy",
      { cells: [{ ...cell, transportPolicy: { offerer: "none" } }] },
      { place: "cells[0].transportPolicy.offerer", expected: '"all", "relay"' },
    ],
    [
      "a place that is taken",
      { cells: [cell, { ...cell, offerer: "right", answerer: "left" }] },
      { place: "cells[1]", found: '"STUN only", "home", "symmetric", which cells[0] has' },
    ],
    [
      "the same fault in many cells, once",
      { cells: ["a", "b", "c"].map((row) => ({ ...cell, row, offerer: "nobody" })) },
      { place: "cells[0].offerer (and 2 more cells)", found: '"nobody"' },
    ],
    [
      "a server behind a router, of which no path is computed",
      {
        topology: {
          routers: { ...good.topology.routers, cloud: { nat: "cloud-1to1" } },
          turnServers: { turn: { behind: "cloud" } },
        },
      },
      { place: "topology.turnServers.turn.behind", found: '"cloud"' },
    ],
    [
      "a peer behind nothing",
      { peers: { ...good.peers, right: { behind: "offce", iceServers: [] } } },
      { place: "peers.right.behind", hint: 'Did you mean "office"?' },
    ],
    [
      "a peer called like a router",
      { peers: { ...good.peers, home: { behind: "home", iceServers: [] } } },
      { place: "peers.home", found: '"home", which is also topology.routers.home' },
    ],
    [
      "a peer called like the lab's own",
      { peers: { ...good.peers, core: { behind: "home", iceServers: [] } } },
      { place: "peers.core", expected: expect.stringContaining("other than those of the lab") as string },
    ],
    [
      "a peer's wire",
      { peers: { ...good.peers, right: { ...good.peers.right, link: { loss: 5 } } } },
      { place: "peers.right.link.loss" },
    ],
  ])("is told, and it alone: %s", (_what, changes, fault) => {
    expect(faultsOf(changes)).toEqual([expect.objectContaining(fault)]);
  });

  it("is told when it has too many peers or cells", () => {
    const peers = Object.fromEntries(
      Array.from({ length: 61 }, (_, n) => [`p${n}`, { behind: "home", iceServers: [] }]),
    );
    const cells = [{ ...cell, offerer: "p0", answerer: "p1" }];
    expect(faultsOf({ peers, cells })).toEqual([
      expect.objectContaining({ place: "peers", expected: "at most 60 peers", found: "61" }),
    ]);
    const many = Array.from({ length: 2001 }, (_, n) => ({ ...cell, row: String(n) }));
    expect(faultsOf({ cells: many })).toEqual([expect.objectContaining({ place: "cells", found: "2001" })]);
  });
});
