import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { LabContext } from "./lab-context.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import { type Caller, makeCall } from "./make-call.ts";
import type { RunEvent } from "./model/events.ts";
import { natMismatches } from "./model/observed-nat.ts";
import type { Scenario } from "./model/scenario.ts";
import { type RouterSpec, routerBehaviour, type TurnServerSpec } from "./model/topology.ts";
import { compileRouter } from "./net/rules/compile-router.ts";
import { forgetState } from "./net/rules/forget-state.ts";
import { loadRuleset } from "./net/rules/load-ruleset.ts";
import { routerFacts } from "./net/rules/router-facts.ts";
import type { RouterFacts } from "./net/rules/ruleset.ts";
import { runScenario } from "./run-scenario.ts";
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

const CLOUD = { preset: "cloud-1to1", hairpinning: true } as const;
const FORWARDS: RouterSpec["forwards"] = [{ to: "office", ports: ["udp:3478", "udp:49152-65535"] }];
/** As documentation has it for a cloud's machines: nobody relays into their own network. */
const vm: TurnServerSpec = { behind: "cloud", options: { "denied-peer-ip": "10.0.0.0-10.255.255.255" } };
const topology: Scenario["topology"] = {
  routers: {
    left: { nat: "symmetric" },
    right: { nat: "symmetric" },
    cloud: { nat: CLOUD, lan: "10.128.0.0/24" },
    home: { nat: "home", publicAddress: "34.5.6.7", forwards: FORWARDS },
  },
  turnServers: {
    one: {
      ...vm,
      publicAddress: "34.1.2.3",
      privateAddress: "10.128.0.12",
      aliases: ["TURN.Example.org"],
      firewall: ["udp:3478", "tcp:5349", "udp:49152-65535"],
    },
    two: { ...vm, publicAddress: "34.1.2.4" },
    office: { behind: "home" },
  },
};

describeDocker("servers behind routers", () => {
  let context: LabContext & { events: RunEvent[] };
  let lab: StartedLab;
  let sessions = 0;

  beforeAll(async () => {
    context = await testContext();
    lab = await upLab("inside", topologyOf(topology, "left", "right"), context);
  });
  afterAll(() => lab?.down());

  const end = (peer: string, urls: "udp" | "stun", server: string): Caller => {
    return { peer, iceServers: [{ server, urls: [urls] }], ...(urls === "udp" ? { transportPolicy: "relay" } : {}) };
  };
  async function call(offerer: Caller, answerer: Caller) {
    const session = ++sessions;
    const traffic = { messageBytes: 100, messagesPerSecond: 10, durationMs: 200 };
    const where = { scenario: "inside", session, vu: 1, iteration: session };
    await makeCall(lab, { offerer, answerer, traffic }, where, context);
    const done = eventsOf(context.events, "session_finished").find((one) => one.session === session);
    return { ...done, outcome: done?.failure?.code ?? done?.path };
  }
  const change = async (router: string, spec: Pick<RouterSpec, "nat">, changed: Partial<RouterFacts> = {}) => {
    const [pid, facts] = [lab.pids[router], routerFacts(lab.plan, router)];
    if (pid === undefined || !facts) throw new Error(`no router ${router}`);
    await loadRuleset(lab.fabric, router, pid, compileRouter(routerBehaviour(spec), { ...facts, ...changed }));
    await forgetState(lab.fabric, pid);
  };

  it("are reached by what is let in to them, at their public address, and by every name of theirs", async () => {
    const ready = eventsOf(context.events, "turn_server_ready").map(({ server, publicAddress, listeners }) => {
      const answers = listeners.map(({ transport, port, answer }) => `${transport} ${port} ${answer}`);
      return [server, publicAddress, ...answers.filter((one) => !one.endsWith("blocked")).toSorted()].join(", ");
    });
    expect(ready.toSorted()).toEqual([
      expect.stringMatching(/^office, 34.5.6.7, udp 3478 \w+$/),
      expect.stringMatching(/^one, 34.1.2.3, tls 5349 \w+, udp 3478 \w+$/),
      expect.stringMatching(/^two, 34.1.2.4, tcp 3478 \w+, tls 5349 \w+, udp 3478 \w+, udp 5349 \w+$/),
    ]);
    const lookup = ["nsenter", "--target", String(lab.pids.offerer), "--net", "--mount", "--", "getent", "ahostsv4"];
    expect(await lab.fabric.exec([...lookup, "turn.EXAMPLE.org"])).toContain("34.1.2.3");
  });

  it("relay between two symmetric NATs from a cloud, whose own network is denied as a peer", async () => {
    const { username, password: credential } = context.credential;
    const written = (peer: string, urls: string): Caller => ({ peer, iceServers: [{ urls, username, credential }] });
    const { outcome, pair, violations, peers } = await call(
      written("offerer", "turn:Turn.EXAMPLE.org:3478?transport=udp"),
      // The certificate names the address too.
      written("answerer", "turns:34.1.2.3:5349?transport=tcp"),
    );
    expect(peers?.answerer.candidates.some(({ type }) => type === "relay")).toBe(true);
    expect({ outcome, violations }).toEqual({ outcome: "relayed", violations: [] });
    expect(pair).toMatch(/^relay-/);
    const relays = peers?.offerer.candidates.filter(({ type }) => type === "relay");
    expect(relays?.map(({ address }) => address)).toEqual(["34.1.2.3"]);
  });

  it("reach each other behind one router where it hairpins, and are reached by whom they never sent to", async () => {
    const [hairpinned, forwarded] = await Promise.all([
      call(end("offerer", "udp", "one"), end("answerer", "udp", "two")),
      call(end("offerer", "udp", "office"), end("answerer", "stun", "one")),
    ]);
    expect(hairpinned).toMatchObject({ outcome: "relayed", pair: "relay-relay", violations: [] });
    expect(forwarded).toMatchObject({ outcome: "relayed", violations: [] });
  });

  it("do neither where the router does not hairpin, or forwards no relay ports", { timeout: 60_000 }, async () => {
    const inside = lab.plan.forwards.home?.[0]?.inside ?? "";
    await change("cloud", { nat: { ...CLOUD, hairpinning: false } });
    await change("home", { nat: "home" }, { forwards: [{ inside, ports: ["udp:3478"] }] });
    const [hairpinned, forwarded, same] = await Promise.all([
      call(end("offerer", "udp", "one"), end("answerer", "udp", "two")),
      call(end("offerer", "udp", "office"), end("answerer", "stun", "one")),
      // One server needs no router for it.
      call(end("offerer", "udp", "two"), end("answerer", "udp", "two")),
    ]);
    expect([hairpinned, forwarded, same].map(({ outcome }) => outcome)).toEqual([
      "ice_failed",
      "ice_failed",
      "relayed",
    ]);
  });

  it("are missed by the probe where a one-to-one router does not know one of them", async () => {
    const { "10.128.0.12": missing, ...outsideOf } = lab.plan.outsideOf.cloud ?? {};
    expect(missing).toBe("34.1.2.3");
    await change("cloud", { nat: CLOUD }, { outsideOf });
    const wrong = natMismatches(routerBehaviour({ nat: CLOUD }), await lab.probe("cloud"));
    expect(wrong.slice(0, 2)).toEqual([
      "UDP port 3478 leads to one: expected true, observed false",
      "TCP port 5349 leads to one: expected true, observed false",
    ]);
    expect(wrong.join()).not.toContain("two");
  });
});

describeDocker("a router whose forward is broken", () => {
  it("is blamed itself, not the server behind it", async () => {
    sabotage.current = (rules) => rules.replace(/dport 49152-65535 dnat/, "dport 49152-65534 dnat");
    const context = await testContext();
    const home: Scenario["topology"] = {
      routers: { home: { nat: "home", forwards: FORWARDS } },
      turnServers: { office: { behind: "home" } },
    };
    await runScenario("broken", topologyOf(home, "internet", "internet"), context);
    expect(eventsOf(context.events, "session_started")).toEqual([]);
    expect(eventsOf(context.events, "scenario_finished")[0]).toMatchObject({
      outcome: "errored",
      reason: "router home is not what it claims: UDP port 65535 leads to office: expected true, observed false",
    });
  });
});
