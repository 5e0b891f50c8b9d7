import { expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import type { NatSpec } from "./model/nat-presets.ts";
import { routerBehaviour } from "./model/topology.ts";
import { type LabSpec, routersToProbe, takeInventory, upWithinMs } from "./plan-lab.ts";

function proven(nat: NatSpec, durationMs: number, proveLifetime?: boolean) {
  const spec = { nat, ...(proveLifetime === undefined ? {} : { proveLifetime }) };
  const topology = { topology: { routers: { home: spec } }, traffic: { durationMs } };
  const place = { segment: "", address: "", secondAddress: "", prefix: 24, gateway: "", reflector: "" };
  return routersToProbe(topology, { home: routerBehaviour(spec) }, { probes: { home: place }, ipv6Probes: {} });
}
const isProven = (...input: Parameters<typeof proven>) => proven(...input).map((router) => router.isLifetimeProven);

it("measures lifetimes that a call outlasts, up to 20 s, and others where it is asked to", () => {
  expect(isProven({ preset: "home", mappingLifetimeMs: 20_000 }, 20_001)).toEqual([true]);
  expect(isProven({ preset: "home", mappingLifetimeMs: 20_000 }, 20_000)).toEqual([false]);
  expect(isProven({ preset: "home", mappingLifetimeMs: 21_000 }, 90_000)).toEqual([false]);
  expect(isProven("mobile-carrier", 100, true)).toEqual([true]);
  expect(isProven({ preset: "home", mappingLifetimeMs: 2_000 }, 20_000, false)).toEqual([false]);
});

it("measures none where nothing is kept that could end", () => {
  const cloud = { preset: "cloud-1to1", mappingLifetimeMs: 2_000 } as const;
  expect(isProven(cloud, 3_000)).toEqual([false]);
  expect(isProven({ ...cloud, filtering: "address-dependent" }, 3_000)).toEqual([true]);
});

it("gives a lab the time that its lifetimes and its wires take, and two minutes", () => {
  const spec = { topology: {}, peers: {} };
  expect(upWithinMs([], spec)).toBe(120_000);
  expect(upWithinMs(proven("mobile-carrier", 100), spec)).toBe(120_000);
  expect(upWithinMs(proven("mobile-carrier", 100, true), spec)).toBe(240_000);
  const peers = {
    offerer: { behind: "internet", iceServers: [], link: { latencyMs: 500, down: { latencyMs: 9_000 } } },
  };
  const withinMs = upWithinMs([], { ...spec, peers });
  expect(withinMs).toBeGreaterThan(129_000);
  expect(withinMs).toBeLessThan(130_000);
});

it("tells a browser from its start of its proxy, to hide its addresses where calls carry no media, and that its dump and keys are wanted", () => {
  const peers = {
    proxied: { behind: "office", iceServers: [], engine: "chromium" },
    open: { behind: "internet", iceServers: [], engine: "firefox", mdns: false },
    werift: { behind: "office", iceServers: [] },
  } as const;
  const topology = { routers: { office: { nat: "home", firewall: "proxy-only" } } } as const;
  const settingsOf = (media?: readonly "audio"[], context: Partial<LabContext> = {}) => {
    const traffic = { durationMs: 1_000, ...(media ? { media } : {}) };
    const spec = { topology, peers: structuredClone(peers), traffic } as unknown as LabSpec;
    const { inventory } = takeInventory("test", spec, { credential: {}, ...context } as LabContext, {});
    return Object.values(inventory.peers).map(({ engine, settings }) => [engine, settings]);
  };
  const proxy = { host: "192.168.1.1", port: 3128 };
  expect(settingsOf()).toEqual([
    ["chromium", { proxy, mdns: true }],
    ["firefox", { mdns: false }],
    ["werift", { proxy }],
  ]);
  expect(settingsOf(["audio"])[0]).toEqual(["chromium", { proxy, mdns: false }]);
  expect(settingsOf([], { capture: { isAsked: true, isPassed: () => true } }).slice(1)).toEqual([
    ["firefox", { mdns: false, dumps: true, keys: true }],
    ["werift", { proxy, keys: true }],
  ]);
});
