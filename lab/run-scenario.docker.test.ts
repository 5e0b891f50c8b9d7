import { beforeEach, expect, it, vi } from "vitest";
import type { LabContext } from "./lab-context.ts";
import type { RunEvent } from "./model/events.ts";
import { DEFAULT_TRAFFIC, type Scenario } from "./model/scenario.ts";
import { TRAFFIC_PROFILES } from "./model/traffic-profile.ts";
import { runScenario } from "./run-scenario.ts";
import { LABEL } from "./runtime/container-events.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "./test-lab.ts";

/** Rules that a test breaks on their way into a router. */
const sabotage = vi.hoisted(() => ({ current: (rules: string) => rules }));
vi.mock(import("./net/rules/compile-router.ts"), async (original) => {
  const real = await original();
  return {
    ...real,
    compileRouter: (...args: Parameters<typeof real.compileRouter>) => {
      const ruleset = real.compileRouter(...args);
      return { ...ruleset, text: sabotage.current(ruleset.text) };
    },
  };
});

const home: Scenario["topology"] = { routers: { home: { nat: "home" } }, turnServers: { turn: {} } };
const longCalls: Scenario = {
  ...topologyOf(home, "home", "internet"),
  load: { executor: "per-vu-iterations", vus: 2, iterations: 50 },
  traffic: { ...DEFAULT_TRAFFIC, durationMs: 2_000 },
};

describeDocker("runScenario", () => {
  let context: LabContext & { events: RunEvent[] };
  const end = () => eventsOf(context.events, "scenario_finished")[0];
  const left = () =>
    context.engine.docker.listContainers({
      all: true,
      filters: JSON.stringify({ label: [`${LABEL.run}=${context.runId}`] }),
    });

  beforeEach(async () => {
    sabotage.current = (rules) => rules;
    context = await testContext();
  });

  /** Kills one node's container as soon as the first session has started. */
  async function killDuring(scenario: Scenario, node: string): Promise<void> {
    const running = runScenario("killed", scenario, context);
    await vi.waitUntil(() => eventsOf(context.events, "session_started").length > 0, { timeout: 30_000, interval: 20 });
    const found = (await left()).find(({ Labels }) => Labels[LABEL.node] === node);
    await context.engine.docker.getContainer(found?.Id ?? "").kill();
    await running;
    expect(await left()).toEqual([]);
  }

  it("gives a verdict on a server that dies under load, and invents no sessions after it", async () => {
    await killDuring(longCalls, "turn");
    expect(end()).toMatchObject({ outcome: "server_failed", reason: expect.stringContaining("turn") });
    expect(eventsOf(context.events, "session_started").length).toBeLessThan(20);
    expect(eventsOf(context.events, "iterations_dropped")[0]?.count).toBeGreaterThan(80);
  });

  it.each(["home", "answerer", "fabric"])("gives none when %s dies: that is the lab", async (node) => {
    await killDuring(longCalls, node);
    expect(end()).toMatchObject({ outcome: "errored" });
    expect(eventsOf(context.events, "session_started").length).toBeLessThan(20);
  });

  it("gives a verdict on a server whose configuration gives no listener", async () => {
    const broken = { ...home, turnServers: { turn: { options: { "listening-ip": "10.9.9.9" } } } };
    await runScenario("broken", { ...longCalls, topology: broken }, context);
    expect(end()).toMatchObject({ outcome: "server_failed", reason: expect.stringMatching(/turn/) });
    expect(await left()).toEqual([]);
  });

  it("errors before any session when a router is not what it claims", async () => {
    sabotage.current = (rules) => rules.replace(/:udp sport$/m, ":1024-65535 fully-random");
    await runScenario("sabotaged", longCalls, context);
    expect(end()).toMatchObject({
      outcome: "errored",
      reason: expect.stringMatching(/home is not what it claims: mapping/),
    });
    expect(eventsOf(context.events, "session_started")).toEqual([]);
  });

  it("errors, and lets the harness live, when rules do not load", async () => {
    sabotage.current = (rules) => rules.replace("hook postrouting", "hook nowhere");
    await runScenario("unloadable", longCalls, context);
    expect(end()).toMatchObject({ outcome: "errored" });
    expect(await left()).toEqual([]);
  });

  it.each([150, 700, 1_300, 1_900, 2_500])(
    "ends in order when it is aborted %i ms after its start",
    async (delayMs) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), delayMs);
      await runScenario("aborted", longCalls, { ...context, signal: controller.signal });
      expect(end()).toMatchObject({ outcome: "interrupted" });
      expect(await left()).toEqual([]);
    },
  );

  it("takes a hardened server with other ports as it is: UDP and TCP on 80, TLS on 443, no DTLS", async () => {
    const options = { "listening-port": 80, "tls-listening-port": 443, "no-dtls": true };
    const scenario: Scenario = {
      ...topologyOf({ turnServers: { turn: { options } } }, "internet", "internet"),
      expectedPath: "relayed",
    };
    scenario.peers.offerer.transportPolicy = "relay";
    await runScenario("moved", scenario, context);
    expect(end()).toMatchObject({ outcome: "completed" });
    const [session] = eventsOf(context.events, "session_finished");
    expect(session).toMatchObject({ outcome: "connected", path: "relayed", violations: [] });
    expect(session?.peers.offerer.urls.map(({ outcome }) => outcome)).not.toContain("failed");
  });

  it("carries audio and video by RTP both ways through coturn, and accounts for each packet", async () => {
    const streams = TRAFFIC_PROFILES.call;
    const scenario: Scenario = {
      ...topologyOf(home, "home", "internet"),
      load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
      traffic: { messageBytes: 100, messagesPerSecond: 10, durationMs: 1_500, packets: "call" },
      expectedPath: "relayed",
    };
    scenario.peers.offerer.transportPolicy = "relay";
    await runScenario("media", scenario, context);
    const sessions = eventsOf(context.events, "session_finished");
    expect(sessions).toHaveLength(2);
    for (const { peers, outcome, dropped, violations } of sessions) {
      expect({ outcome, dropped, violations }).toEqual({ outcome: "connected", dropped: false, violations: [] });
      for (const [receiver, sender] of [
        [peers.offerer, peers.answerer],
        [peers.answerer, peers.offerer],
      ] as const) {
        expect(receiver.media?.map(({ kind }) => kind)).toEqual(streams.map(({ kind }) => kind));
        for (const [index, { packetBytes, packetsPerSecond }] of streams.entries()) {
          const [got, sent] = [receiver.media?.[index], sender.mediaSent?.[index]];
          const { packetsReceived = 0, packetsLost = 0, bytesReceived = 0, jitterMs = null } = got ?? {};
          const { packetsSent = 0, packetsSkipped = 0 } = sent ?? {};
          expect(packetsReceived + packetsLost).toBe(packetsSent);
          expect(packetsReceived).toBeGreaterThan(0.9 * packetsSent);
          // The packet less RTP's header and AES-GCM's tag.
          expect(bytesReceived).toBe(packetsReceived * (packetBytes - 12 - 16));
          expect(packetsSent + packetsSkipped).toBeLessThan(1.2 * 1.5 * packetsPerSecond);
          expect(packetsSent + packetsSkipped).toBeGreaterThan(0.5 * 1.5 * packetsPerSecond);
          expect(jitterMs).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });

  it("runs a home behind a home: each router is what it claims, and the call connects", async () => {
    const nested = {
      routers: { outer: { nat: "home" }, inner: { nat: "home", upstream: "outer" } },
      turnServers: { turn: {} },
    };
    await runScenario("nested", topologyOf(nested as Scenario["topology"], "inner", "internet"), context);
    expect(eventsOf(context.events, "router_probed").map(({ mismatches }) => mismatches)).toEqual([[], []]);
    expect(eventsOf(context.events, "session_finished")[0]).toMatchObject({ outcome: "connected" });
  });

  it("samples every server at least four times a second, each sample with its own time", async () => {
    await runScenario(
      "sampled",
      { ...longCalls, load: { executor: "per-vu-iterations", vus: 2, iterations: 1 } },
      context,
    );
    const times = eventsOf(context.events, "turn_server_sampled").map(({ sampledAtMs }) => sampledAtMs);
    const spanS = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
    expect(spanS).toBeGreaterThan(2);
    expect((times.length - 1) / spanS).toBeGreaterThan(4);
  });
});
