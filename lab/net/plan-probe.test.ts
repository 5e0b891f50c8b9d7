import { describe, expect, it } from "vitest";
import { firewallOf } from "../model/firewall.ts";
import { routerBehaviour } from "../model/topology.ts";
import { paceOf, planChecks, planProbe, reflectorPorts } from "./plan-probe.ts";

const BASE = [3478, 3479, 80, 443, 5349, 50_000];
const texts = (checks: ReturnType<typeof planChecks>) =>
  checks.map(({ flow, via, expected }) => {
    const what = flow.isTls ? "tls" : flow.protocol;
    return `${via === "proxy" ? "proxy " : ""}${what}:${flow.port} ${expected}`;
  });

describe("reflectorPorts", () => {
  it("has both sides of each edge of each rule, once, and begins with STUN's pair", () => {
    const firewalls = [firewallOf({ deny: ["udp:3478"] }), firewallOf({ allow: ["tcp:443", "udp:8000-8100"] })];
    expect(reflectorPorts(firewalls)).toEqual([...BASE, 442, 444, 3477, 7999, 8000, 8100, 8101]);
    expect(reflectorPorts([firewallOf("open"), firewallOf("udp-blocked")])).toEqual(BASE);
    expect(reflectorPorts([firewallOf({ allow: ["udp:1-65535"] })])).toEqual([...BASE, 1, 65_535]);
  });
});

describe("planChecks", () => {
  it("tells TLS from plain only where the firewall does", () => {
    expect(texts(planChecks(firewallOf("tls-443"), [80, 443]))).toEqual([
      "udp:80 rejected",
      "tcp:80 rejected",
      "udp:443 rejected",
      "tcp:443 rejected",
      "tls:443 passed",
    ]);
  });

  it("goes past the proxy and through it", () => {
    expect(texts(planChecks(firewallOf("proxy-only"), [80, 443]))).toEqual([
      "udp:80 dropped",
      "tcp:80 dropped",
      "udp:443 dropped",
      "tcp:443 dropped",
      "proxy tcp:80 rejected",
      "proxy tcp:443 passed",
    ]);
  });
});

describe("paceOf", () => {
  it("hurries on a bare wire", () => {
    expect(paceOf(undefined)).toEqual({ copies: 6, gapMs: 0, patienceMs: 2_000 });
    expect(paceOf({ latencyMs: 300 })).toEqual({ copies: 6, gapMs: 0, patienceMs: 2_000 });
  });

  it("sends so often that not all copies are lost, and no faster than half the rate", () => {
    // 0.05 each way: an exchange fails once in ten times.
    expect(paceOf({ loss: 0.05 }).copies).toBe(7);
    expect(paceOf({ loss: 0.3 }).copies).toBe(24);
    expect(paceOf({ up: { loss: 0.8 } }).copies).toBe(60);
    expect(paceOf({ up: { loss: 1 } }).copies).toBe(6);
    expect(paceOf({ up: { rateKbps: 256 }, down: { rateKbps: 1_000 } }).gapMs).toBeCloseTo(10);
  });
});

describe("planProbe", () => {
  const place = {
    segment: "lan-r",
    address: "192.168.1.254",
    secondAddress: "192.168.1.251",
    prefix: 24,
    gateway: "192.168.1.1",
    reflector: "observer",
  };
  const plan = (spec: Parameters<typeof routerBehaviour>[0], isLifetimeProven = false) =>
    planProbe({
      place,
      behaviour: routerBehaviour(spec),
      link: undefined,
      isLifetimeProven,
      reflector: { addresses: ["51.15.10.10", "51.15.20.20"], ports: BASE },
    });

  it("looks at behaviour on the first two ports that are let out", () => {
    expect(plan({ nat: "home" })).toMatchObject({ udpPorts: [3478, 3479], lifetimeMs: null, proxyPort: null });
    expect(plan({ nat: "home", firewall: "stun-port-blocked" }).udpPorts).toEqual([3479, 80]);
    expect(plan({ nat: "udp-blocked" }).udpPorts).toEqual([]);
    expect(plan({ nat: "home", firewall: "tls-443" }).tcpPorts).toEqual([{ port: 443, isTls: true }]);
    expect(plan({ nat: "home", firewall: "proxy-only" })).toMatchObject({ tcpPorts: [], proxyPort: 3128 });
  });

  it("asks for the lifetime only where it has to be proven", () => {
    expect(plan({ nat: "home" }, true).lifetimeMs).toBe(180_000);
  });
});
