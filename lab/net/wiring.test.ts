import { describe, expect, it } from "vitest";
import { planAddresses } from "./address-plan.ts";
import { addressing, Wiring } from "./wiring.ts";

const plan = planAddresses({
  topology: { routers: { home: { nat: "home" } }, turnServers: { turn: {} } },
  peers: { offerer: "home", answerer: "internet" },
  lanKinds: { home: "home" },
});

describe("wiring", () => {
  it("makes one bridge a segment and one veth pair a wire, under names that fit an interface", () => {
    const wiring = new Wiring();
    const text = wiring.bridges(plan.segments) + wiring.plug([{ segment: "lan-home", pid: 4711, interface: "lan" }]);
    expect(text.match(/type bridge/g)).toHaveLength(plan.segments.length);
    expect(text).toContain(`link add port0 master ${wiring.bridgeOf("lan-home")} type veth peer name lan netns 4711`);
    for (const [, name] of text.matchAll(/link add (\S+)/g)) expect(name?.length).toBeLessThanOrEqual(15);
  });

  it("refuses a segment that was never made", () => {
    expect(() => new Wiring().plug([{ segment: "lan-nowhere", pid: 1, interface: "eth0" }])).toThrow(
      "no segment lan-nowhere",
    );
  });

  it("gives every node one default route, through its gateway", () => {
    for (const node of Object.values(plan.nodes)) {
      expect(addressing(node, plan).match(/route add (blackhole )?default/g)).toHaveLength(1);
    }
    const home = plan.nodes.home;
    const offerer = plan.nodes.offerer;
    if (!home || !offerer) throw new Error("the plan lacks a node");
    expect(addressing(home, plan)).toContain("route add 81.2.255.1 dev wan\nroute add default via 81.2.255.1 dev wan");
    expect(addressing(offerer, plan)).toContain("route add default via 192.168.1.1 dev eth0");
  });

  it("lets the core drop what it cannot route without an answer", () => {
    const core = plan.nodes.core;
    if (!core) throw new Error("no core");
    expect(addressing(core, plan)).toContain("route add blackhole default");
  });
});
