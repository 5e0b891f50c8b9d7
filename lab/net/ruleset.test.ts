import { describe, expect, it } from "vitest";
import { NAT_PRESETS, type NatBehaviour, natBehaviour, unbuildable } from "../model/nat.ts";
import { CORE_RULESET, compileRuleset } from "./ruleset.ts";

const facts = { inside: "192.168.1.0/24", wanAddress: "81.2.64.2" };
const cone = (filtering: NatBehaviour["filtering"]): NatBehaviour => ({
  mapping: "endpoint-independent",
  filtering,
  portAllocation: "preserving",
  udp: "translated",
});

describe("compileRuleset", () => {
  it("draws a new port per destination only where the mapping depends on it", () => {
    expect(compileRuleset(natBehaviour("home"), facts).text).toMatch(/-j MASQUERADE$/m);
    expect(compileRuleset(natBehaviour("symmetric"), facts).text).toMatch(/-j MASQUERADE --random-fully$/m);
  });

  it.each(Object.keys(NAT_PRESETS) as (keyof typeof NAT_PRESETS)[])(
    "%s drops what nobody asked for, on the router and through it",
    (preset) => {
      const { text } = compileRuleset(natBehaviour(preset), facts);
      expect(text).toMatch(/^:INPUT DROP/m);
      expect(text).toMatch(/^:FORWARD DROP/m);
      expect(text).not.toMatch(/-A INPUT -i wan -j ACCEPT/);
    },
  );

  it("translates the inside only, never the router's own packets", () => {
    expect(compileRuleset(natBehaviour("home"), facts).text).toContain("-A POSTROUTING -s 192.168.1.0/24 -o wan");
  });

  it("drops UDP before the rule that lets the inside out", () => {
    const lines = compileRuleset(natBehaviour("udp-blocked"), facts).text.split("\n");
    expect(lines.indexOf("-A FORWARD -i lan -o wan -p udp -j DROP")).toBeGreaterThan(0);
    expect(lines.indexOf("-A FORWARD -i lan -o wan -p udp -j DROP")).toBeLessThan(
      lines.indexOf("-A FORWARD -i lan -o wan -j ACCEPT"),
    );
    expect(compileRuleset(natBehaviour("home"), facts).text).not.toContain("-p udp");
  });

  it("uses nftables only where iptables cannot hold the map", () => {
    expect(compileRuleset(cone("endpoint-independent"), facts).tool).toBe("nft");
    expect(compileRuleset(cone("address-dependent"), facts).tool).toBe("nft");
    expect(compileRuleset(cone("address-and-port-dependent"), facts).tool).toBe("iptables-restore");
  });

  it("learns the cone's map in a filter chain, where every packet refreshes it", () => {
    const { text } = compileRuleset(cone("endpoint-independent"), facts);
    expect(text).toMatch(/chain learn \{\s+type filter hook postrouting/);
  });

  it("lets the world in through a full cone, and only contacted addresses through a restricted one", () => {
    expect(compileRuleset(cone("endpoint-independent"), facts).text).toContain("ct status dnat accept");
    expect(compileRuleset(cone("address-dependent"), facts).text).not.toContain("ct status dnat accept");
    expect(compileRuleset(cone("address-dependent"), facts).text).toContain("@contacted accept");
  });

  it("refuses what nobody has measured, and says why", () => {
    const odd: NatBehaviour = {
      mapping: "address-dependent",
      filtering: "endpoint-independent",
      portAllocation: "random",
      udp: "translated",
    };
    expect(unbuildable(odd)).toBe("address-dependent mapping is not built yet");
    expect(() => compileRuleset(odd, facts)).toThrow(RangeError);
    for (const preset of Object.values(NAT_PRESETS)) expect(unbuildable(preset)).toBeNull();
  });

  it("names what must be seen when the rules are listed", () => {
    for (const preset of Object.keys(NAT_PRESETS) as (keyof typeof NAT_PRESETS)[]) {
      expect(compileRuleset(natBehaviour(preset), facts).expectListed.length).toBeGreaterThan(2);
    }
    expect(CORE_RULESET.expectListed).toEqual(["-P INPUT DROP"]);
  });
});
