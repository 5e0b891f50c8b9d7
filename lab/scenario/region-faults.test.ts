import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";
import type { Fault } from "./fault.ts";

const regions = { eu: { latencyMs: 15 }, us: { latencyMs: 40 } };
const peers = {
  offerer: { behind: "home", iceServers: ["turn"] },
  answerer: { behind: "internet", region: "us", iceServers: ["turn"] },
};

function faultsOf(topology: object, given: object = peers): Fault[] {
  const all = { regions, routers: { home: { nat: "home" } }, turnServers: { turn: { region: "eu" } }, ...topology };
  const load = { executor: "per-vu-iterations", vus: 1, iterations: 1 };
  const result = checkScenario({ description: "Two regions.", topology: all, peers: given, load }, "regions");
  return "faults" in result ? result.faults : [];
}

describe("a region", () => {
  it("is taken where nodes on the internet stand in it", () => expect(faultsOf({})).toEqual([]));

  it("is told where it is none, with what was probably meant", () => {
    expect(faultsOf({ turnServers: { turn: { region: "eu" }, standby: { region: "use" } } })).toEqual([
      {
        place: "topology.turnServers.standby.region",
        expected: "a region of topology.regions (eu, us)",
        found: '"use"',
        hint: 'Did you mean "us"?',
      },
    ]);
    const [fault, ...more] = faultsOf({ regions: undefined, turnServers: { turn: {} } });
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ place: "peers.answerer.region", expected: expect.stringContaining("has none") });
  });

  it.each([
    [
      "a router behind another",
      { routers: { home: { nat: "home" }, inner: { nat: "home", upstream: "home", region: "us" } } },
      peers,
      "topology.routers.inner.region",
      '"us", with upstream "home"',
    ],
    [
      "a server behind a router",
      { turnServers: { turn: { region: "eu" }, lan: { behind: "home", region: "us" } } },
      peers,
      "topology.turnServers.lan.region",
      '"us", with behind "home"',
    ],
    [
      "a peer behind a router",
      {},
      { ...peers, offerer: { ...peers.offerer, region: "eu" } },
      "peers.offerer.region",
      '"eu", with behind "home"',
    ],
  ])("is not for %s", (_what, topology, given, place, found) => {
    expect(faultsOf(topology, given)).toContainEqual(expect.objectContaining({ place, found }));
  });

  it("is told where nobody stands in it", () => {
    expect(faultsOf({ regions: { ...regions, asia: { latencyMs: 90 } } })).toEqual([
      expect.objectContaining({ place: "topology.regions.asia", found: "none", hint: expect.stringContaining("asia") }),
    ]);
  });

  it("has a name of its own: its hub is a node", () => {
    const places = faultsOf({ regions: { eu: { latencyMs: 1 }, us: { latencyMs: 1 }, turn: { latencyMs: 1 } } });
    expect(places).toContainEqual(
      expect.objectContaining({
        place: "topology.regions.turn",
        found: '"turn", which is also topology.turnServers.turn',
      }),
    );
    expect(faultsOf({ regions: { ...regions, core: { latencyMs: 1 } } }).map(({ place }) => place)).toContain(
      "topology.regions.core",
    );
  });

  it("is no farther than a second, and no nearer than nothing", () => {
    for (const latencyMs of [-1, 1_001])
      expect(faultsOf({ regions: { ...regions, us: { latencyMs } } })).toMatchObject([
        { place: "topology.regions.us.latencyMs", expected: "a number from 0 to 1000" },
      ]);
  });
});
