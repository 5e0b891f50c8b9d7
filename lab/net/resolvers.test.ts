import { describe, expect, it } from "vitest";
import { planAddresses } from "./address-plan.ts";
import { dns64Config, knownName } from "./resolvers.ts";

const plan = planAddresses({
  topology: {
    routers: { home: { nat: "home" }, campus: { nat: "home", ip: "ipv6" }, phone: { nat: "cgnat", ip: "nat64" } },
  },
  peers: { old: "home", six: "campus", mobile: "phone", open: "internet" },
  lanKinds: {},
});
const DUAL = { "turn.lab.test": ["34.77.1.10", "2600:1900:4001:1::10"] };
const LEGACY = { "old.lab.test": ["34.77.2.10"] };

describe("knownName", () => {
  it.each([
    ["old", { ...LEGACY, ...DUAL }, { host: "old.lab.test", address: "34.77.2.10" }],
    ["open", DUAL, { host: "turn.lab.test", address: "34.77.1.10" }],
    ["six", { ...LEGACY, ...DUAL }, { host: "turn.lab.test", address: "2600:1900:4001:1::10" }],
    ["six", LEGACY, null],
    // The name that only DNS64 gives an IPv6 address proves DNS64.
    ["mobile", { ...DUAL, ...LEGACY }, { host: "old.lab.test", address: "64:ff9b::224d:20a" }],
    ["mobile", DUAL, { host: "turn.lab.test", address: "2600:1900:4001:1::10" }],
    ["old", {}, null],
  ])("of %s among %o", (peer, hosts, expected) => {
    expect(knownName(plan, peer, hosts)).toEqual(expected);
  });
});

describe("dns64Config", () => {
  it("listens inside, synthesizes, asks dnsmasq alone and lets the lab's own names through", () => {
    const lines = dns64Config("2001:8b0:4001:1::1")
      .split("\n")
      .map((line) => line.trim());
    for (const line of [
      "interface: 2001:8b0:4001:1::1",
      'module-config: "dns64 iterator"',
      "dns64-prefix: 64:ff9b::/96",
      "forward-addr: 127.0.0.1@5353",
      'local-zone: "test." nodefault',
    ]) {
      expect(lines).toContain(line);
    }
  });
});
