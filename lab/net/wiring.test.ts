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

  it("puts a delay line between a port and the bridge, and one packet into each frame there", () => {
    const wiring = new Wiring();
    wiring.bridges(plan.segments);
    const wire = { segment: "lan-home", pid: 4711, interface: "eth0" };
    expect(wiring.plug([{ ...wire, link: "delay-line" }])).toBe(
      `link add port0 gso_max_segs 1 type veth peer name eth0 gso_max_segs 1 netns 4711
link add line0 gso_max_segs 1 type veth peer name far0 gso_max_segs 1 \nlink set far0 master ${wiring.bridgeOf("lan-home")}
link set port0 up\nlink set line0 up\nlink set far0 up\n`,
    );
    expect(wiring.devicesOf(wire)).toEqual({ port: "port0", line: "line0" });
    expect(() => wiring.devicesOf({ ...wire, interface: "wan" })).toThrow("no wire wan of process 4711");
  });

  it("leaves a wire for netem in the bridge", () => {
    const wiring = new Wiring();
    wiring.bridges(plan.segments);
    const text = wiring.plug([{ segment: "lan-home", pid: 4711, interface: "eth0", link: "netem" }]);
    expect(text).toContain(`link add port0 gso_max_segs 1 master ${wiring.bridgeOf("lan-home")} type veth`);
    expect(text).not.toContain("line0");
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
