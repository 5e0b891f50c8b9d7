import { describe, expect, it } from "vitest";
import { FIREWALL_PRESETS, type FirewallPresetName } from "../../model/firewall.ts";
import { FIRST_SEQUENTIAL_PORT, NAT_BEHAVIOURS, type NatData } from "../../model/nat.ts";
import { NAT_PRESETS, type NatPresetName } from "../../model/nat-presets.ts";
import { type RouterSpec, routerBehaviour } from "../../model/topology.ts";
import { compileRouter } from "./compile-router.ts";
import type { RouterFacts } from "./ruleset.ts";

const facts: RouterFacts = {
  inside: ["192.168.1.0/24"],
  lanAddress: "192.168.1.1",
  wanAddress: "81.2.64.2",
  hosts: ["192.168.1.10", "192.168.1.20"],
  outsideOf: { "192.168.1.10": "81.2.64.10", "192.168.1.20": "81.2.64.20" },
  forwards: [],
};
const EI = "endpoint-independent";
const APD = "address-and-port-dependent";
const compile = (spec: Pick<RouterSpec, "nat" | "firewall">, changed: Partial<RouterFacts> = {}) =>
  compileRouter(routerBehaviour(spec), { ...facts, ...changed });
const textOf = (nat: RouterSpec["nat"]) => compile({ nat }).text;
const presets = Object.keys(NAT_PRESETS) as NatPresetName[];
/** The rules of one chain, its hook first; those that count and decide nothing where they are asked for. */
const chainOf = (text: string, name: string, isCounting = false) => {
  const found = new RegExp(`^ {2}chain ${name} \\{\\n((?: {4}.*\\n)*) {2}\\}`, "m").exec(text)?.[1];
  return (
    found
      ?.trim()
      .split(/\n */)
      .filter((rule) => isCounting || !rule.includes("@dropped_")) ?? []
  );
};
/** Hooks that every packet of a flow under way passes: not those of type nat, nor input and output. */
const hotHooks = (text: string) =>
  [...text.matchAll(/type filter hook (prerouting|forward|postrouting)/g)].map(([, h]) => h);

describe("compileRouter", () => {
  it("makes rules of the data, never of a name", () => {
    for (const preset of presets) {
      const { text } = compile({ nat: preset });
      expect(
        compile({ nat: { ...NAT_PRESETS[preset].behaviour }, firewall: routerBehaviour({ nat: preset }).firewall })
          .text,
      ).toBe(text);
      expect(text).not.toContain(preset);
    }
  });

  it("replaces whatever stood there in one transaction", () => {
    for (const preset of presets) {
      expect(textOf(preset)).toMatch(/^table ip lab\ndelete table ip lab\ntable ip lab \{\n/);
    }
  });

  it("names each set and each chain as what must be seen when the rules are listed", () => {
    for (const preset of presets) {
      const { text, expectListed } = compile({ nat: preset });
      const declared = [...text.matchAll(/^ {2}((?:chain|set|map) \w+ \{)/gm)].map(([, head]) => head);
      expect(expectListed.toSorted()).toEqual(declared.toSorted());
      expect(declared.length).toBeGreaterThan(3);
    }
  });

  it("costs a flow under way nothing where connection tracking knows enough", () => {
    for (const preset of ["home", "port-restricted", "symmetric", "cgnat", "corporate"] as const) {
      expect(hotHooks(textOf(preset))).toEqual([]);
    }
  });

  it("looks at every packet once where mappings have a life of their own, and before the kernel where only outbound ones count", () => {
    expect(hotHooks(textOf("full-cone"))).toEqual(["postrouting"]);
    expect(chainOf(textOf("full-cone"), "refresh").slice(1, 3)).toEqual([
      "meta l4proto tcp jump tcp_phase",
      "ct id @refreshed accept",
    ]);
    expect(hotHooks(textOf("mobile-carrier"))).toEqual(["prerouting", "postrouting"]);
  });

  it.each(presets)("%s drops what nobody asked for, on the router and through it", (preset) => {
    const text = textOf(preset);
    expect(chainOf(text, "input")[0]).toContain("policy drop");
    const inbound = chainOf(text, "from_outside");
    expect(inbound).toContain('iifname "wan" drop');
    // Whatever stands behind it is for packets from inside.
    expect(
      inbound.slice(inbound.indexOf('iifname "wan" drop') + 1).filter((rule) => !rule.startsWith('iifname != "wan"')),
    ).toEqual([]);
  });

  it.each(presets)("%s translates the inside only, never the router's own packets", (preset) => {
    expect(chainOf(textOf(preset), "to_outside")[1]).toBe("ip saddr != { 192.168.1.0/24 } accept");
  });

  it("keys a mapping and a permission by what they depend on", () => {
    const keyOf = (text: string, set: string) => new RegExp(`${set} \\{ type ([^:;]*?) ?[:;]`).exec(text)?.[1];
    const widths = NAT_BEHAVIOURS.map((dependence) => {
      const text = textOf({ mapping: dependence, filtering: dependence, hairpinning: true });
      return [keyOf(text, "udp_mappings"), keyOf(text, "udp_permissions")];
    });
    expect(widths).toEqual([
      ["ipv4_addr . inet_service", undefined],
      ["ipv4_addr . inet_service . ipv4_addr", "inet_service . ipv4_addr"],
      ["ipv4_addr . inet_service . ipv4_addr . inet_service", "inet_service . ipv4_addr . inet_service"],
    ]);
  });

  it("keeps an entry for its lifetime, and no more than a twentieth or a second longer", () => {
    const kept = (mappingLifetimeMs: number) =>
      /udp_owners \{.* timeout (\w+);/.exec(textOf({ mapping: EI, filtering: EI, mappingLifetimeMs }))?.[1];
    expect([1_000, 2_000, 10_000, 300_000].map(kept)).toEqual(["1050ms", "2100ms", "10500ms", "301s"]);
  });

  it("tells the kernel the same lifetime, or to forget flows at once where it would prolong it", () => {
    const timeouts = (refreshedBy: "both" | "outbound") => {
      const { sysctls } = compile({ nat: { mapping: EI, filtering: APD, mappingLifetimeMs: 30_000, refreshedBy } });
      return ["", "_stream"].map((kind) => sysctls[`net.netfilter.nf_conntrack_udp_timeout${kind}`]);
    };
    expect(timeouts("both")).toEqual([30, 30]);
    expect(timeouts("outbound")).toEqual([1, 1]);
  });

  it("keeps flows apart only where one may come in by a mapping meant for another", () => {
    const apart = NAT_BEHAVIOURS.map((mapping) =>
      NAT_BEHAVIOURS.map((filtering) => chainOf(textOf({ mapping, filtering }), "overlaps").length > 0),
    );
    expect(apart).toEqual([
      [false, false, false],
      [true, false, false],
      [true, true, false],
    ]);
  });

  it("gives each host a block of its own, in the order of the plan, and refuses what does not fit", () => {
    const nat: NatData = { mapping: EI, filtering: EI, portAllocation: { portsPerSubscriber: 8 } };
    const draws = chainOf(textOf(nat), "udp_draw");
    expect(draws.slice(0, 2)).toEqual([
      `ip saddr 192.168.1.10 meta mark set numgen inc mod 8 offset ${FIRST_SEQUENTIAL_PORT}`,
      `ip saddr 192.168.1.20 meta mark set numgen inc mod 8 offset ${FIRST_SEQUENTIAL_PORT + 8}`,
    ]);
    expect(textOf(nat)).toContain(`${FIRST_SEQUENTIAL_PORT + 15} : ${FIRST_SEQUENTIAL_PORT + 15} }`);
    const tooLarge: NatData = { ...nat, portAllocation: { portsPerSubscriber: 30_000 } };
    expect(() => textOf(tooLarge)).toThrow(/expected at most 49152 ports for all 2 hosts inside, found 60000/);
  });

  it("translates address for address, and drops a host that has no outside address", () => {
    const translate = chainOf(textOf("cloud-1to1"), "translate");
    expect(translate).toEqual([
      "snat ip to ip saddr map { 192.168.1.10 : 81.2.64.10, 192.168.1.20 : 81.2.64.20 }",
      "drop",
    ]);
  });

  it("has no chain for a firewall that lets everything out, and one for each other", () => {
    for (const firewall of Object.keys(FIREWALL_PRESETS) as FirewallPresetName[]) {
      expect(chainOf(compile({ nat: "home", firewall }).text, "egress").length > 0).toBe(firewall !== "open");
    }
  });

  it("refuses in the order of the data: denied, then allowed, then the rest", () => {
    const { text } = compile({
      nat: "home",
      firewall: { deny: ["udp:53", "tcp:1-99"], allow: ["udp"], refuse: "reject" },
    });
    expect(chainOf(text, "egress").slice(3)).toEqual([
      "udp dport 53 goto refuse",
      "tcp dport 1-99 goto refuse",
      "meta l4proto udp accept",
      "goto refuse",
    ]);
    expect(chainOf(text, "refuse")).toEqual([
      "meta l4proto tcp reject with tcp reset",
      "reject with icmp type port-unreachable",
    ]);
    const nonsense = { deny: ["icmp" as "udp"] };
    expect(() => compile({ nat: "home", firewall: nonsense })).toThrow(/expected a port rule .* found "icmp"/);
  });

  it.each(presets)("%s counts all that it drops, before it does", (preset) => {
    const { text } = compile({ nat: preset });
    for (const [, name = ""] of text.matchAll(/^ {2}chain (\w+) \{/gm)) {
      const rules = chainOf(text, name, true);
      for (const [index, rule] of rules.entries()) {
        if (!/\bdrop$/.test(rule) || /^type |ct status/.test(rule)) continue;
        expect(rules[index - 1]).toContain("counter }");
        expect(rules[index - 1]).toContain(rule.replace(/ ?drop$/, ""));
      }
    }
    expect(chainOf(text, "from_outside", true)).toContain(
      'iifname "wan" meta l4proto { tcp, udp } add @dropped_in { meta l4proto . ip saddr . ip daddr . th dport counter }',
    );
    expect(chainOf(text, "input", true).at(-1)).toContain(
      'iifname != "wan" meta l4proto { tcp, udp } add @dropped_out',
    );
  });

  it("opens the proxy's port to the LAN, and to nobody else", () => {
    const { text } = compile({ nat: "home", firewall: "proxy-only" });
    expect(chainOf(text, "input")).toContain('iifname "lan" ip daddr 192.168.1.1 tcp dport 3128 accept');
    expect(text.match(/3128/g)).toHaveLength(1);
  });

  it("answers nobody by IPv4 where the LAN has none", () => {
    expect(compile({ nat: "home" }, { lanAddress: null }).text).not.toMatch(/dport 53/);
  });
});
