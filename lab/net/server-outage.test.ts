import { describe, expect, it } from "vitest";
import { listeningPorts } from "./nobody-listens.ts";
import { compileOutage } from "./server-outage.ts";

const facts = {
  server: "turn-1",
  interface: "line2",
  addresses: ["34.77.1.10", "2600:1900:4001:1::10"],
  ports: [3478, 5349],
};
const REPLACED = "table inet outage_turn_1\ndelete table inet outage_turn_1\n";

describe("compileOutage", () => {
  it("drops both ways what has the server's addresses, of either family, where it is cut off", () => {
    expect(compileOutage(facts, "cut-off")).toBe(`${REPLACED}table inet outage_turn_1 {
  chain from_server {
    type filter hook prerouting priority raw; policy accept;
    iifname "line2" ip saddr { 34.77.1.10 } drop
    iifname "line2" ip6 saddr { 2600:1900:4001:1::10 } drop
  }
  chain to_server {
    type filter hook postrouting priority raw; policy accept;
    oifname "line2" ip daddr { 34.77.1.10 } drop
    oifname "line2" ip6 daddr { 2600:1900:4001:1::10 } drop
  }
}
`);
  });

  it("drops what is new to a listener, and that alone, where it is drained", () => {
    expect(
      compileOutage({ ...facts, addresses: ["34.77.1.10"] }, "drained"),
    ).toBe(`${REPLACED}table inet outage_turn_1 {
  chain to_server {
    type filter hook postrouting priority filter; policy accept;
    oifname "line2" ip daddr { 34.77.1.10 } meta l4proto { tcp, udp } th dport { 3478, 5349 } ct state new drop
  }
}
`);
  });

  it("remembers flows before that, and drops none", () => {
    const text = compileOutage(facts, "tracked");
    expect(text).toContain("ct state new accept");
    expect(text).not.toContain("drop");
  });

  it("leaves nothing behind where all passes", () => expect(compileOutage(facts, "open")).toBe(REPLACED));
});

describe("listeningPorts", () => {
  it("reads what ss says, of both families", () => {
    const output = `udp   UNCONN 0      0         34.77.1.10:3478       0.0.0.0:*
tcp   LISTEN 0      1024  [2600:1900:4001:1::10]:5349          [::]:*
tcp   LISTEN 0      5              *%eth0:443          *:*
`;
    expect(listeningPorts(output)).toEqual([3478, 5349, 443]);
    expect(listeningPorts("")).toEqual([]);
  });
});
