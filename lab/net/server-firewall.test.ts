import { describe, expect, it } from "vitest";
import { compileServerFirewalls } from "./server-firewall.ts";

describe("compileServerFirewalls", () => {
  it("lets in what is listed and what answers, drops the rest, and leaves other lines alone", () => {
    const text = compileServerFirewalls([
      { line: "line2", allow: ["udp:3478", "udp:49152-65535", "tcp"] },
      { line: "line5", allow: ["tcp:443"] },
    ]);
    expect(text).toBe(`table inet server_firewalls {
  set dropped_out { type inet_proto . ipv4_addr . ipv4_addr . inet_service; flags dynamic; size 4096; }
  set dropped_in { type inet_proto . ipv4_addr . ipv4_addr . inet_service; flags dynamic; size 4096; }
  set dropped_out6 { type inet_proto . ipv6_addr . ipv6_addr . inet_service; flags dynamic; size 4096; }
  set dropped_in6 { type inet_proto . ipv6_addr . ipv6_addr . inet_service; flags dynamic; size 4096; }
  chain to_line2 {
    ct state established,related accept
    udp dport 3478 accept
    udp dport 49152-65535 accept
    meta l4proto tcp accept
    meta l4proto { tcp, udp } add @dropped_in { meta l4proto . ip saddr . ip daddr . th dport counter }
    meta l4proto { tcp, udp } add @dropped_in6 { meta l4proto . ip6 saddr . ip6 daddr . th dport counter }
    drop
  }
  chain to_line5 {
    ct state established,related accept
    tcp dport 443 accept
    meta l4proto { tcp, udp } add @dropped_in { meta l4proto . ip saddr . ip daddr . th dport counter }
    meta l4proto { tcp, udp } add @dropped_in6 { meta l4proto . ip6 saddr . ip6 daddr . th dport counter }
    drop
  }
  chain forward {
    type filter hook forward priority filter - 1; policy accept;
    oifname "line2" jump to_line2
    oifname "line5" jump to_line5
  }
}
`);
  });

  it("looks at one outside address of a line that several servers share", () => {
    const text = compileServerFirewalls([
      { line: "line2", address: "34.1.2.3", allow: ["udp:3478"] },
      { line: "line2", address: "34.1.2.4", allow: ["tcp"] },
    ]);
    expect(text).toContain('oifname "line2" ip daddr 34.1.2.3 jump to_line2_34_1_2_3\n');
    expect(text).toContain("chain to_line2_34_1_2_4 {\n    ct state established,related accept\n    meta l4proto tcp");
  });

  it("refuses a rule that is none", () => {
    expect(() => compileServerFirewalls([{ line: "line2", allow: ["udp:0"] }])).toThrow(/udp:0 is no port rule/);
  });
});
