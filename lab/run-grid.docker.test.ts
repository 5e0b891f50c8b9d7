import { beforeEach, expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import { upLab } from "./lab-up.ts";
import { makeCall } from "./make-call.ts";
import type { RunEvent } from "./model/events.ts";
import type { GridScenario } from "./model/grid.ts";
import type { NatPresetName } from "./model/nat-presets.ts";
import type { IceServerRef } from "./model/topology.ts";
import { planGrid } from "./run-grid.ts";
import { runScenario } from "./run-scenario.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, testContext } from "./test-lab.ts";

/** Three networks in one lab: two that only a relay connects, and a LAN of two. */
function threeNetworks(left: NatPresetName): GridScenario {
  const stun: IceServerRef[] = [{ server: "turn", urls: ["stun"] }];
  const turn: IceServerRef[] = [{ server: "turn", urls: ["stun", "tcp:80"] }];
  const tables = { "STUN only": stun, "STUN and TURN": turn };
  const pairs = [
    ["left", "right"],
    ["left", "right-too"],
    ["right", "right-too"],
    ["left", "open"],
  ] as const;
  return {
    description: "Three networks.",
    topology: { routers: { west: { nat: left }, east: { nat: "port-restricted" } }, turnServers: { turn: {} } },
    peers: {
      left: { behind: "west", iceServers: [] },
      right: { behind: "east", iceServers: [] },
      "right-too": { behind: "east", iceServers: [] },
      open: { behind: "internet", iceServers: [] },
    },
    cells: Object.entries(tables).flatMap(([table, iceServers]) =>
      pairs.map(([offerer, answerer]) => ({
        ...{ table, row: offerer, column: answerer, offerer, answerer },
        iceServers: { offerer: iceServers, answerer: iceServers },
      })),
    ),
    concurrency: 3,
  };
}

describeDocker("a grid", () => {
  let context: LabContext & { events: RunEvent[] };

  beforeEach(async () => {
    context = await testContext();
  });

  it("makes the call of each cell in one lab, and each comes to what was computed", async () => {
    const grid = threeNetworks("symmetric");
    await runScenario("grid", grid, context);
    expect(eventsOf(context.events, "scenario_finished")[0]).toMatchObject({ outcome: "completed", reason: null });
    expect(eventsOf(context.events, "lab_up")).toHaveLength(1);
    const planned = eventsOf(context.events, "grid_planned")[0]?.cells.map(({ table, expected }) => [table, expected]);
    expect(planned).toEqual([
      ...["none", "none", "local", "direct"].map((outcome) => ["STUN only", outcome]),
      ...["relayed", "relayed", "local", "direct"].map((outcome) => ["STUN and TURN", outcome]),
    ]);
    const came = eventsOf(context.events, "session_finished").map(({ cell, path, outcome, violations, failure }) => {
      const { table, row, column } = cell ?? {};
      expect(violations, JSON.stringify(failure)).toEqual([]);
      return [table, row, column, outcome === "connected" ? path : "none"].join(" ");
    });
    const expected = eventsOf(context.events, "grid_planned")[0]?.cells.map(
      ({ table, row, column, expected: outcome }) => [table, row, column, outcome].join(" "),
    );
    expect(came.sort()).toEqual(expected?.sort());
  });

  it("tells the cells whose networks are not what was computed for them", async () => {
    // The plan says symmetric, the lab has a full cone: what was to be relayed or nothing comes out direct.
    const cells = planGrid(threeNetworks("symmetric")).filter(({ place }) => place.column === "right");
    await using lab = await upLab("grid", threeNetworks("full-cone"), context);
    for (const [index, { call, place }] of cells.entries()) {
      const where = { scenario: "grid", session: index + 1, vu: 1, iteration: index, cell: place };
      await makeCall(lab, call, where, context);
    }
    const finished = eventsOf(context.events, "session_finished");
    expect(finished.map(({ path, violations }) => [path, violations.map(({ code }) => code)])).toEqual([
      ["direct", ["unexpected_connection"]],
      ["direct", ["wrong_path"]],
    ]);
  });

  it("comes to what was computed where packets turn back before an egress firewall, and where a relay is the STUN server", async () => {
    const [AD, APD] = ["address-dependent", "address-and-port-dependent"] as const;
    const stun: IceServerRef[] = [{ server: "turn", urls: ["stun"] }];
    const pairs = [
      ["inner", "open", "direct"],
      // What the carrier drops has opened the home's filter, and the carrier filters nothing.
      ["inner", "stranger", "direct"],
      ["walled-by-port", "stranger", "none"],
      ["walled-by-address", "stranger", "none"],
      ["blocked", "by-address", "relayed"],
      ["blocked", "by-port", "none"],
    ] as const;
    const grid: GridScenario = {
      description: "Egress and hairpinning; relays whose range is closed.",
      topology: {
        routers: {
          carrier: { nat: "full-cone", firewall: { allow: ["udp:3478"] } },
          "inner-home": { nat: "home", upstream: "carrier" },
          "open-home": { nat: "full-cone", upstream: "carrier" },
          strange: { nat: "home" },
          "walled-home": { nat: "home", firewall: { allow: ["udp:3478"] } },
          "walled-ad": { nat: "address-restricted", firewall: { allow: ["udp:3478"] } },
          office: { nat: "udp-blocked" },
          "ad-apd": { nat: { mapping: AD, filtering: APD } },
          "apd-apd": { nat: { mapping: APD, filtering: APD } },
        },
        turnServers: { turn: { firewall: ["udp:3478", "tcp:3478"] } },
      },
      peers: {
        inner: { behind: "inner-home", iceServers: stun },
        open: { behind: "open-home", iceServers: stun },
        stranger: { behind: "strange", iceServers: stun },
        "walled-by-port": { behind: "walled-home", iceServers: stun },
        "walled-by-address": { behind: "walled-ad", iceServers: stun },
        blocked: { behind: "office", iceServers: [{ server: "turn", urls: ["tcp"] }] },
        "by-address": { behind: "ad-apd", iceServers: stun },
        "by-port": { behind: "apd-apd", iceServers: stun },
      },
      cells: pairs.map(([offerer, answerer]) => ({ table: "t", row: offerer, column: answerer, offerer, answerer })),
      concurrency: 2,
    };
    expect(planGrid(grid).map(({ expected }) => expected)).toEqual(pairs.map(([, , outcome]) => outcome));
    await runScenario("grid", grid, context);
    expect(eventsOf(context.events, "scenario_finished")[0]).toMatchObject({ outcome: "completed", reason: null });
    const finished = eventsOf(context.events, "session_finished");
    expect(finished.flatMap(({ violations }) => violations)).toEqual([]);
    expect(finished).toHaveLength(pairs.length);
  });
});
