import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import type { RunEvent } from "../model/events.ts";
import { type NAT_PRESETS, type NatBehaviour, natBehaviour, natMismatches } from "../model/nat.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, inNode, testContext, topologyOf } from "../test-lab.ts";
import { compileRuleset } from "./ruleset.ts";

/** Presets by name, and the two filterings that no preset stands for yet. */
const cone = (filtering: NatBehaviour["filtering"]): NatBehaviour => ({
  mapping: "endpoint-independent",
  filtering,
  portAllocation: "preserving",
  udp: "translated",
});
const ROUTERS = {
  home: { nat: "home" },
  symmetric: { nat: "symmetric" },
  cgnat: { nat: "cgnat" },
  subscriber: { nat: "home", upstream: "cgnat" },
  office: { nat: "udp-blocked" },
  "full-cone": { nat: cone("endpoint-independent") },
  restricted: { nat: cone("address-dependent") },
} as const;

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
    expect(probed?.observed.tcp).toBe("translated");
  });

  it("lets no unsolicited datagram in, but through a full cone", () => {
    const passed = eventsOf(events, "router_probed").flatMap(({ router, observed }) =>
      observed.unsolicitedPassed ? [router] : [],
    );
    expect(passed).toEqual(["full-cone"]);
  });

  it("translates: the outside sees the router's address, never the inside's", () => {
    for (const { router, observed } of eventsOf(events, "router_probed")) {
      const wan = lab.plan.nodes[router]?.interfaces.find(({ name }) => name === "wan")?.address;
      expect(observed.externalAddress).toBe(observed.udp === "blocked" ? null : wan);
    }
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

/** A router that is broken by one rule must be caught before any session. */
describeDocker("a sabotaged router", () => {
  const cases: [string, keyof typeof NAT_PRESETS, (rules: string) => string, RegExp][] = [
    [
      "home that draws random ports",
      "home",
      (rules) => rules.replace("-j MASQUERADE", "-j MASQUERADE --random-fully"),
      /mapping/,
    ],
    ["symmetric that keeps its ports", "symmetric", (rules) => rules.replace(" --random-fully", ""), /mapping/],
    [
      "udp-blocked that forgot to block",
      "udp-blocked",
      (rules) => rules.replace("-A FORWARD -i lan -o wan -p udp -j DROP\n", ""),
      /udp/,
    ],
    [
      "home that lets no TCP out",
      "home",
      (rules) => rules.replace("-A FORWARD -i lan -o wan -j ACCEPT", "-A FORWARD -i lan -o wan -p udp -j ACCEPT"),
      /tcp/,
    ],
  ];

  it.each(cases)("%s is not taken for what it claims", async (_, preset, sabotage, what) => {
    const context = await testContext();
    await using lab = await upLab(
      "sabotage",
      topologyOf({ routers: { router: { nat: preset } } }, "router", "internet"),
      context,
    );
    const inside = { inside: "192.168.1.0/24", wanAddress: "81.2.64.2" };
    const lan = preset === "cgnat" ? { ...inside, inside: "100.64.0.0/24" } : inside;
    const rules = compileRuleset(natBehaviour(preset), lan).text;
    expect(sabotage(rules)).not.toBe(rules);
    await lab.fabric.exec(["iptables-restore"], { stdin: sabotage(rules), netns: lab.pids.router });
    const observed = await lab.probe("router");
    expect(natMismatches(natBehaviour(preset), observed).join("; ")).toMatch(what);
  });
});

function lookup(resolver: string, name: string): string {
  return `const r = new (require("node:dns").promises.Resolver)({timeout: 1000, tries: 1}); r.setServers(["${resolver}"]);
    r.resolve4("${name}").then(console.log, (e) => { console.error(e.code); process.exit(1); });`;
}
