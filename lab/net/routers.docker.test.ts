import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import type { RunEvent } from "../model/events.ts";
import { NAT_PRESETS, type NatPresetName } from "../model/nat-presets.ts";
import type { RouterSpec } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, inNode, testContext, topologyOf } from "../test-lab.ts";

/** Every preset, and routers behind routers of each way to remember mappings. */
const ROUTERS: Record<string, RouterSpec> = {
  ...Object.fromEntries((Object.keys(NAT_PRESETS) as NatPresetName[]).map((nat) => [nat, { nat }])),
  subscriber: { nat: "home", upstream: "cgnat" },
  neighbour: { nat: "full-cone", upstream: "cgnat" },
  modern: { nat: "symmetric", upstream: "cgnat-rfc6888" },
  office: { nat: "corporate", upstream: "port-restricted" },
  cloud: { nat: "cloud-1to1", upstream: "home" },
};

describeDocker("routers, each probed from inside", () => {
  let lab: StartedLab;
  let events: RunEvent[];

  beforeAll(async () => {
    const context = await testContext();
    events = context.events;
    lab = await upLab("routers", topologyOf({ routers: ROUTERS }, "subscriber", "internet"), context);
  });
  afterAll(() => lab?.down());

  it.each(Object.keys(ROUTERS))("%s is what it claims", (router) => {
    const probed = eventsOf(events, "router_probed").find((event) => event.router === router);
    expect(probed?.mismatches).toEqual([]);
  });

  it("lets no unsolicited datagram in, but where nothing is filtered", () => {
    const passed = eventsOf(events, "router_probed").flatMap(({ router, observed }) =>
      observed.unsolicitedPassed ? [router] : [],
    );
    expect(passed.toSorted()).toEqual(["cgnat-rfc6888", "cloud", "cloud-1to1", "full-cone", "neighbour"]);
  });

  it("translates: the outside sees the router's address, never the inside's", () => {
    for (const { router, expected, observed } of eventsOf(events, "router_probed")) {
      const wan = lab.plan.nodes[router]?.interfaces.find(({ name }) => name === "wan");
      const own = expected.addressing === "shared" ? wan?.address : lab.plan.outsideOf[router]?.[hostOf(lab, router)];
      expect(observed.externalAddress).toBe(router === "udp-blocked" ? null : own);
    }
  });

  it("sets each router's own lifetime, and leaves the machine's alone", async () => {
    const name = "net.netfilter.nf_conntrack_udp_timeout";
    for (const [router, seconds] of [
      ["home", 180],
      ["corporate", 30],
      ["mobile-carrier", 1],
      ["full-cone", 300],
    ] as const) {
      expect(await inNode(lab, router, "sh", "-c", readInside(name))).toBe(`${seconds}\n`);
    }
    await expect(lab.fabric.sysctl(lab.pids.home ?? 0, { "net.netfilter.no_such_thing": 1 })).rejects.toThrow(
      /no_such_thing/,
    );
  });

  it("reaches the outside through both NATs of a subscriber, and nobody's inside from anywhere", async () => {
    const answerer = lab.plan.nodes.answerer?.interfaces[0]?.address ?? "";
    await inNode(lab, "offerer", "ping", "-c1", "-W1", answerer);
    await expect(inNode(lab, "answerer", "ping", "-c1", "-W1", "192.168.1.10")).rejects.toThrow();
    await expect(inNode(lab, "answerer", "ping", "-c1", "-W1", "100.64.0.10")).rejects.toThrow();
  });

  it("drops what it cannot route without an answer: an ICMP error would close a coturn allocation", async () => {
    const unreachable = inNode(lab, "answerer", "ping", "-c1", "-W1", "10.1.2.3");
    await expect(unreachable).rejects.toThrow(/100% packet loss/);
    await expect(unreachable).rejects.not.toThrow(/Unreachable|errors/i);
  });

  it("resolves nothing but the lab's own names, at once, and asks nobody else", async () => {
    const resolver = lab.plan.nodes.offerer?.gateway ?? "";
    const asked = await inNode(lab, "offerer", "node", "-e", lookup(resolver, "example.com")).catch(
      (error: Error) => error.message,
    );
    expect(asked).toMatch(/ENOTFOUND/);
  });

  it("leaves every node without an interface that the plan does not know", async () => {
    for (const [node, { interfaces }] of Object.entries(lab.plan.nodes)) {
      const listed = await inNode(lab, node, "ip", "-o", "link", "show", "type", "veth");
      const names = [...listed.matchAll(/^\d+: ([^@:]+)/gm)].map(([, name]) => name);
      const planned =
        node === "core" ? lab.plan.coreLines.map((line) => line.interface) : interfaces.map(({ name }) => name);
      expect(names.sort()).toEqual(planned.sort());
    }
  });
});

const hostOf = (lab: StartedLab, router: string) => lab.plan.probes[router]?.address ?? "";

/** Reads a sysctl of the namespace it runs in: what is mounted in the fabric shows the fabric's own. */
const readInside = (name: string) =>
  `unshare --mount sh -c 'mount -t proc proc /mnt && cat /mnt/sys/${name.replaceAll(".", "/")}'`;

function lookup(resolver: string, name: string): string {
  return `const r = new (require("node:dns").promises.Resolver)({timeout: 1000, tries: 1}); r.setServers(["${resolver}"]);
    r.resolve4("${name}").then(console.log, (e) => { console.error(e.code); process.exit(1); });`;
}
