import { describe, expect, it } from "vitest";
import type { NatData } from "../../model/nat.ts";
import type { NatSpec } from "../../model/nat-presets.ts";
import { routerBehaviour } from "../../model/topology.ts";
import { compileRouter } from "./compile-router.ts";
import { firstInTurn, largestFreeRange } from "./forwards.ts";
import type { RouterFacts } from "./ruleset.ts";

const EI = "endpoint-independent";
const APD = "address-and-port-dependent";
const WAN = "81.2.64.2";
const facts: RouterFacts = {
  inside: ["192.168.1.0/24"],
  lanAddress: "192.168.1.1",
  wanAddress: WAN,
  hosts: ["192.168.1.10", "192.168.1.20"],
  outsideOf: {},
  forwards: [
    { inside: "192.168.1.10", ports: ["udp:3478", "udp:49152-65535", "tcp:3478"] },
    { inside: "192.168.1.20", ports: ["udp:5000"] },
  ],
};
const forwarding = (...ports: RouterFacts["forwards"][number]["ports"]) => ({
  forwards: [{ inside: "192.168.1.10", ports }],
});
const rulesOf = (nat: NatSpec, own = facts) =>
  compileRouter(routerBehaviour({ nat }), own)
    .text.split("\n")
    .map((line) => line.trim());

const INBOUND = [
  `ip daddr ${WAN} udp dport 3478 dnat ip to 192.168.1.10`,
  `ip daddr ${WAN} udp dport 49152-65535 dnat ip to 192.168.1.10`,
  `ip daddr ${WAN} udp dport 5000 dnat ip to 192.168.1.20`,
  `ip daddr ${WAN} tcp dport 3478 dnat ip to 192.168.1.10`,
];
const OUTBOUND = [
  `ip saddr 192.168.1.10 udp sport 3478 snat ip to ${WAN}`,
  `ip saddr 192.168.1.10 udp sport 49152-65535 snat ip to ${WAN}`,
  `ip saddr 192.168.1.20 udp sport 5000 snat ip to ${WAN}`,
  `ip saddr 192.168.1.10 tcp sport 3478 snat ip to ${WAN}`,
];
const UDP = "{ 3478, 5000, 49152-65535 }";

describe("forwarded ports", () => {
  it.each<NatSpec>(["home", "symmetric", "full-cone", "mobile-carrier", "corporate", { mapping: APD, filtering: EI }])(
    "lead in and out by the same port, before all that mappings decide (%s)",
    (nat) => {
      const rules = rulesOf(nat);
      const inbound = rules.indexOf(`iifname "wan" ${INBOUND[0]}`);
      expect(rules[inbound - 1]).toMatch(/^type nat hook prerouting/);
      expect(rules.slice(inbound, inbound + 4)).toEqual(INBOUND.map((rule) => `iifname "wan" ${rule}`));
      const translate = rules.indexOf("chain translate {");
      expect(rules.slice(translate + 1, translate + 5)).toEqual(OUTBOUND);
    },
  );

  it("are reached from inside where the router hairpins, whatever its mappings' filter says, and only there", () => {
    const nat: NatData = { mapping: EI, filtering: APD, hairpinning: true };
    expect(rulesOf(nat)).toEqual(expect.arrayContaining(INBOUND.map((rule) => `iifname != "wan" ${rule}`)));
    const filter = rulesOf(nat).find((rule) => rule.includes("ct direction original") && rule.endsWith("drop"));
    expect(filter).toContain(`ct original proto-dst != ${UDP} `);
    expect(rulesOf("home").some((rule) => rule.startsWith('iifname != "wan" ip daddr'))).toBe(false);
  });

  it("are given to no other socket", () => {
    expect(rulesOf("home").filter((rule) => /@udp_claims/.test(rule) && rule.includes("goto"))).toSatisfy(
      (rules: string[]) => rules.length > 1 && rules.every((rule) => rule.includes(`udp sport != ${UDP} `)),
    );
    expect(rulesOf("symmetric")).toContain(`meta l4proto udp snat ip to ${WAN}:5001-49151 fully-random`);
    expect(rulesOf("symmetric")).toContain(`meta l4proto tcp snat ip to ${WAN}:3479-65535 fully-random`);
    const busy = { ...facts, ...forwarding("udp:10000-20000", "tcp:20005") };
    expect(rulesOf("corporate", busy)).toContain("meta mark set numgen inc mod 4096 offset 20006");
    expect(rulesOf("corporate", busy).join("\n")).toContain("elements = { 20006 : 20006, ");
  });

  it("pass what holds back inbound packets, and share no connection tracking zone with mappings meant for others", () => {
    expect(rulesOf("mobile-carrier")).toContain(`iifname "wan" ip daddr ${WAN} udp dport ${UDP} accept`);
    const rules = rulesOf({ mapping: APD, filtering: EI });
    const zone = rules.findIndex((rule) => rule.includes("udp dport @udp_owners") && rule.endsWith("ct zone set 1"));
    expect(rules[zone - 1]).toBe(`iifname "wan" ip daddr ${WAN} udp dport ${UDP} accept`);
  });

  it("change nothing where there are none", () => {
    expect(rulesOf("home", { ...facts, forwards: [] }).join("\n")).not.toMatch(/sport != \{|dnat/);
  });

  it("leave ports to draw from, or are refused", () => {
    expect(largestFreeRange(forwarding("udp:1024-40000"), "udp")).toEqual({ min: 40_001, max: 65_535 });
    expect(() => largestFreeRange(forwarding("udp"), "udp")).toThrow(/every udp port is forwarded/);
    expect(firstInTurn(forwarding("udp:16390"))).toBe(16_391);
    expect(() => firstInTurn(forwarding("tcp:16384-65000"))).toThrow(/expected 4096 ports in a row/);
  });
});
