import { describe, expect, it } from "vitest";
import type { EngineDifference } from "./model/engine-difference.ts";
import { isGrid } from "./model/grid.ts";
import type { PlannedCell } from "./run-grid.ts";
import { planGrid, runCells } from "./run-grid.ts";
import { defineGrid } from "./scenario/define-scenario.ts";

const cell = { table: "t", offerer: "left", answerer: "right" };
const grid = defineGrid({
  description: "Two symmetric NATs, a home, and IPv6 alone.",
  topology: {
    routers: { a: { nat: "symmetric" }, b: { nat: "symmetric" }, six: { nat: "home", ip: "ipv6" } },
    turnServers: { turn: { ip: "ipv4" } },
  },
  peers: {
    left: { behind: "a", iceServers: [{ server: "turn", urls: ["stun"] }] },
    right: { behind: "b", iceServers: [{ server: "turn", urls: ["stun"] }], transportPolicy: "all" },
    six: { behind: "six", iceServers: ["turn"] },
    open: { behind: "internet", iceServers: [] },
  },
  cells: [
    { ...cell, row: "r", column: "stun" },
    { ...cell, row: "r", column: "turn", iceServers: { offerer: ["turn"] } },
    { ...cell, row: "r", column: "relay", iceServers: { offerer: ["turn"] }, transportPolicy: { offerer: "relay" } },
    { ...cell, row: "r", column: "open", answerer: "open" },
    { ...cell, row: "six", column: "open", offerer: "six", answerer: "open" },
  ],
  concurrency: 2,
  sessionTimeoutMs: 9000,
});

describe("planGrid", () => {
  const planned = planGrid(grid);

  it("computes what each cell must come to from the behaviours", () => {
    expect(isGrid(grid)).toBe(true);
    expect(planned.map(({ place, expected }) => `${place.column}: ${expected}`)).toEqual([
      "stun: none",
      "turn: relayed",
      "relay: relayed",
      "open: direct",
      "open: none",
    ]);
  });

  it("gives the peers what the cell says, else what is theirs", () => {
    expect(planned[2]?.call).toMatchObject({
      offerer: { peer: "left", iceServers: ["turn"], transportPolicy: "relay" },
      answerer: { peer: "right", iceServers: [{ server: "turn", urls: ["stun"] }], transportPolicy: "all" },
      expectedPath: "relayed",
      sessionTimeoutMs: 9000,
    });
  });

  it("lets a call that must fail do so for the network's reasons alone", () => {
    expect(planned[0]?.call.expectedFailure).toContain("ice_failed");
    expect(planned[0]?.call.expectedFailure).not.toContain("peer_crashed");
    expect(planned[0]?.call.expectedFailure).not.toContain("dns_failed");
    expect(planned[4]?.call.expectedFailure).toContain("dns_failed");
    expect(planned[1]?.call.expectedFailure).toBeUndefined();
    expect(planned[0]?.call.expectedFailure).not.toContain("session_timeout");
    const { left, right } = grid.peers;
    const chromium = { left: { ...left, engine: "chromium" }, right: { ...right, engine: "chromium" } } as const;
    const [first] = planGrid({ ...grid, peers: { ...grid.peers, ...chromium } });
    expect(first?.call.expectedFailure).toContain("session_timeout");
  });
});

describe("planGrid with known differences", () => {
  const told = { engine: "werift", why: "It does so.", source: "its.ts" } as const;
  const differences: EngineDifference[] = [
    { ...told, where: [{ columns: ["relay"] }], comesTo: "none" },
    { ...told, where: [{ columns: ["stun"] }], comesTo: "direct" },
    { ...told, engine: "chromium", where: [{ columns: ["turn"] }], comesTo: "none" },
  ];
  const planned = planGrid({ ...grid, differences });
  const at = (column: string) => planned.find(({ place }) => place.column === column);

  it("computes the same, and says beside it what the engine of its peers comes to", () => {
    expect(at("relay")).toMatchObject({ expected: "relayed", known: { comesTo: "none", why: told.why } });
    expect(at("stun")).toMatchObject({ expected: "none", known: { comesTo: "direct" } });
    expect(at("turn")).not.toHaveProperty("known");
  });

  it("takes either for an outcome that the call may have, a failure only for the network's reasons", () => {
    expect(at("relay")?.call).toMatchObject({ expectedPath: "relayed", knownOutcome: "none" });
    expect(at("relay")?.call.expectedFailure).toContain("ice_failed");
    expect(at("turn")?.call).not.toHaveProperty("knownOutcome");
  });

  it("lets those that will fail wait beside the others", async () => {
    const started: string[] = [];
    const make = async ({ place }: PlannedCell) => void started.push(place.column);
    await runCells(planned.slice(0, 3), 1, make, new AbortController().signal);
    // The first of each queue goes first: of those that connect, and of those that wait.
    expect(started.slice(0, 2).sort()).toEqual(["relay", "stun"]);
  });
});

describe("runCells", () => {
  const cells = (expected: PlannedCell["expected"], count: number): PlannedCell[] =>
    Array.from({ length: count }, (_, index) => ({
      place: { table: "t", row: expected, column: String(index) },
      expected,
      call: { offerer: { peer: "a", iceServers: [] }, answerer: { peer: "b", iceServers: [] } },
    }));

  it("makes every call once, so many at a time, and those that wait beside the others", async () => {
    const all = [...cells("direct", 10), ...cells("none", 10)];
    const made: string[] = [];
    const running = { direct: 0, none: 0 };
    const most = { direct: 0, none: 0 };
    const make = async ({ place, expected }: PlannedCell) => {
      const kind = expected === "none" ? "none" : "direct";
      running[kind]++;
      most[kind] = Math.max(most[kind], running[kind]);
      made.push(`${place.row} ${place.column}`);
      await new Promise((resolve) => setImmediate(resolve));
      running[kind]--;
    };
    await runCells(all, 2, make, new AbortController().signal);
    expect(new Set(made).size).toBe(20);
    expect(most).toEqual({ direct: 2, none: 6 });
  });

  it("numbers VUs from 1 and the iterations of each from 0", async () => {
    const where: string[] = [];
    const make = async (_: PlannedCell, vu: number, iteration: number) => void where.push(`${vu}.${iteration}`);
    await runCells(cells("direct", 3), 1, make, new AbortController().signal);
    expect(where).toEqual(["1.0", "1.1", "1.2"]);
  });

  it("begins no call once it is told to stop", async () => {
    const stop = new AbortController();
    let made = 0;
    const make = async () => {
      made++;
      stop.abort();
    };
    await runCells(cells("direct", 5), 1, make, stop.signal);
    expect(made).toBe(1);
  });

  it("rejects when the lab is at fault", async () => {
    const make = async () => {
      throw new Error("no peer");
    };
    await expect(runCells(cells("direct", 2), 1, make, new AbortController().signal)).rejects.toThrow("no peer");
  });
});
