import { describe, expect, it } from "vitest";
import { type FirewallSpec, firewallOf } from "../model/firewall.ts";
import { compileIpv6Rules } from "./rules6.ts";

const rules = (firewall?: FirewallSpec, isNat64 = false) => compileIpv6Rules(firewallOf(firewall), { isNat64 }).text;
/** Without the rules that count and decide nothing. */
const chain = (text: string, name: string) =>
  /\{\n([\s\S]*?)\n {2}\}/
    .exec(text.slice(text.indexOf(`chain ${name} {`)))?.[1]
    ?.replaceAll(/^.* add @dropped_.*\n?/gm, "")
    .trimEnd();

describe("compileIpv6Rules", () => {
  it("translates nothing and forwards from outside only what answers", () => {
    const text = rules();
    expect(text).not.toMatch(/nat hook|snat|dnat|masquerade/);
    expect(
      chain(text, "forward")
        ?.split("\n")
        .map((line) => line.trim()),
    ).toEqual([
      "type filter hook forward priority filter; policy drop;",
      "ct state established,related accept",
      'iifname "lan" oifname "wan" jump egress',
    ]);
    expect(chain(text, "egress")?.trim()).toBe("accept");
  });

  it("replaces what was loaded before", () => {
    expect(rules().split("\n").slice(0, 3)).toEqual(["table ip6 lab6", "delete table ip6 lab6", "table ip6 lab6 {"]);
  });

  it.each<[FirewallSpec, string[]]>([
    ["udp-blocked", ["meta l4proto udp jump refuse", "accept"]],
    ["stun-port-blocked", ["udp dport 3478 jump refuse", "tcp dport 3478 jump refuse", "accept"]],
    ["web-only", ["tcp dport 80 accept", "tcp dport 443 accept", "jump refuse"]],
    [{ deny: ["udp:49152-65535"] }, ["udp dport 49152-65535 jump refuse", "accept"]],
    ["proxy-only", ["jump refuse"]],
  ])("lets out what %o lets out, in its order", (firewall, expected) => {
    expect(
      chain(rules(firewall), "egress")
        ?.split("\n")
        .map((line) => line.trim()),
    ).toEqual(expected);
  });

  it("drops silently or refuses aloud, as the data says", () => {
    expect(chain(rules("udp-blocked"), "refuse")?.trim()).toBe("drop");
    expect(chain(rules("udp-rejected"), "refuse")).toContain("reject with icmpv6 type port-unreachable");
    expect(chain(rules("udp-rejected"), "refuse")).toContain("meta l4proto tcp reject with tcp reset");
  });

  it("looks at the first payload before it looks at the flow's state", () => {
    const forward = chain(rules("tls-443"), "forward") ?? "";
    expect(forward.indexOf('iifname "lan" tcp dport { 443 } jump tls')).toBeGreaterThan(0);
    expect(forward.indexOf("jump tls")).toBeLessThan(forward.indexOf("ct state"));
    expect(chain(rules(), "forward")).not.toContain("jump tls");
  });

  it("leaves the way back from IPv4 to the NAT behind NAT64, and has that way out", () => {
    const forward = chain(rules(undefined, true), "forward");
    expect(forward).toContain('iifname "lan" oifname "lan6" accept');
    expect(forward).toContain('iifname "lan6" oifname { "wan", "lan" } jump egress');
  });
});
