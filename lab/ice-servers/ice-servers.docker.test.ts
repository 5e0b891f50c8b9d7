import { beforeEach, expect, it } from "vitest";
import type { LabContext } from "../lab-context.ts";
import type { RunEvent } from "../model/events.ts";
import type { Scenario } from "../model/scenario.ts";
import type { IceServerRef, Topology } from "../model/topology.ts";
import { runScenario } from "../run-scenario.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, testContext } from "../test-lab.ts";

/** Both ends behind NATs that only a relay connects. */
const routers: Topology["routers"] = { near: { nat: "symmetric" }, far: { nat: "symmetric" } };

function scenarioOf(topology: Topology, iceServers: IceServerRef[], changes: Partial<Scenario> = {}): Scenario {
  const isRouted = topology.routers !== undefined;
  const peer = (router: string) => ({ behind: isRouted ? router : "internet", iceServers });
  return {
    description: "test",
    topology,
    peers: { offerer: peer("near"), answerer: peer("far") },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
    ...changes,
  };
}

const times = (iterations: number): Scenario["load"] => ({ executor: "per-vu-iterations", vus: 1, iterations });

describeDocker("iceServers from APIs", () => {
  let context: LabContext & { events: RunEvent[] };
  const events = <T extends RunEvent["type"]>(type: T) => eventsOf(context.events, type);
  const outcomes = () => events("session_finished").map(({ outcome, failure }) => failure?.code ?? outcome);
  const run = async (scenario: Scenario) => {
    await runScenario("ice-servers", scenario, context);
    expect(events("scenario_finished")[0]).toMatchObject({ outcome: "completed" });
  };

  beforeEach(async () => {
    context = await testContext();
  });

  it("open the lab's coturn: every URL of every provider, under the provider's names", async () => {
    const iceServerApis: Topology["iceServerApis"] = {
      fixed: { provider: "static", servers: ["turn"] },
      rest: { provider: "coturn-rest", servers: ["turn"] },
      cloudflare: { provider: "cloudflare", servers: ["turn"], variant: "port-53" },
      twilio: { provider: "twilio", servers: ["turn"] },
      xirsys: { provider: "xirsys", servers: ["turn"], variant: "legacy" },
      metered: { provider: "metered", servers: ["turn"] },
    };
    const topology = { turnServers: { turn: {} }, iceServerApis };
    await run(scenarioOf(topology, Object.keys(iceServerApis)));
    const urls = events("session_finished")[0]?.peers.offerer.urls ?? [];
    expect(urls.filter(({ outcome }) => outcome !== "ok")).toEqual([]);
    for (const url of [
      "turns:turn.cloudflare.com:443?transport=tcp",
      "turn:turn.cloudflare.com:53?transport=udp",
      "turn:global.turn.twilio.com:443?transport=tcp",
      "turn:fr-turn7.xirsys.com:80?transport=udp",
      "turns:global.relay.metered.ca:443?transport=tcp",
    ]) {
      expect(urls.map((one) => one.url)).toContain(url);
    }
    // The log has who and how long, and never what opens the server.
    const text = JSON.stringify(context.events);
    expect(text).not.toMatch(/"(credential|password|username)"/);
  });

  it("are gone while the API is down: STUN alone does not connect two symmetric NATs, and then it does again", async () => {
    const topology: Topology = {
      routers,
      turnServers: { turn: {}, google: { aliases: ["stun.l.google.com"], options: { "listening-port": 19_302 } } },
      iceServerApis: {
        cloudflare: { provider: "cloudflare", servers: ["turn"], faults: [{ answer: 503, requests: [3, 4] }] },
      },
    };
    const iceServers = [{ urls: "stun:stun.l.google.com:19302" }, "cloudflare"];
    await run(
      scenarioOf(topology, iceServers, {
        load: times(3),
        expectedPath: "relayed",
        iceServerPolicy: { fallback: [] },
        sessionTimeoutMs: 3_000,
      }),
    );
    const [before, meanwhile, after] = events("session_finished");
    expect([before, after].map((one) => [one?.outcome, one?.path, one?.violations])).toEqual([
      ["connected", "relayed", []],
      ["connected", "relayed", []],
    ]);
    expect(meanwhile?.failure?.code).toMatch(/^(ice_failed|session_timeout)$/);
    expect(meanwhile?.peers.offerer.candidates.map(({ type }) => type).toSorted()).toEqual(["host", "srflx"]);
    expect(
      events("ice_servers_fetched").map(({ outcome, status, isReplaced }) => [outcome, status, isReplaced]),
    ).toEqual([
      ...[1, 2].map(() => ["ok", 201, false]),
      ...[3, 4].map(() => ["failed", 503, true]),
      ...[5, 6].map(() => ["ok", 201, false]),
    ]);
  });

  it("cost half as many requests where one peer asks and tells the other, and count into connect_time", async () => {
    // Between the two lies what a busy machine may take to carry a list.
    const [latencyMs, waitMs] = [250, 1_250];
    const topology: Topology = {
      turnServers: { one: {}, two: {} },
      iceServerApis: { xirsys: { provider: "xirsys", servers: ["one", "two"], latencyMs } },
    };
    await run(
      scenarioOf(topology, ["xirsys"], {
        load: times(4),
        // In the second half signalling loses the list, and each peer is left to itself.
        iceServerPolicy: { fetchedBy: "offerer", sharing: { waitMs, failsIn: [3, 4] } },
      }),
    );
    expect(outcomes()).toEqual(Array(4).fill("connected"));
    const bySession = Object.values(Object.groupBy(events("ice_servers_fetched"), ({ session }) => session));
    const requests = bySession.map((fetches = []) => fetches.filter(({ source }) => source === "api").length);
    expect(requests).toEqual([1, 1, 2, 2]);
    const servers = bySession.map((fetches = []) => new Set(fetches.flatMap(({ hosts }) => hosts)).size);
    // Xirsys gives another host at each call.
    expect(servers).toEqual([1, 1, 2, 2]);
    const connectMs = events("session_finished").map(({ timings }) => timings.connect_time ?? 0);
    for (const ms of connectMs.slice(0, 2)) expect(ms).toBeGreaterThan(latencyMs);
    for (const ms of connectMs.slice(2)) expect(ms).toBeGreaterThan(waitMs + latencyMs);
  });

  it("are asked for anew by a call that restarts ICE: the list that comes then is of a server that lives", async () => {
    const topology: Topology = {
      turnServers: { one: {}, two: {} },
      iceServerApis: { xirsys: { provider: "xirsys", servers: ["one", "two"] } },
    };
    const scenario = scenarioOf(topology, ["xirsys"], {
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 5_000 },
      iceServerPolicy: { fetchedBy: "offerer" },
      recovery: { by: "ice-restart", afterSilenceMs: 1_000 },
      changes: [{ atMs: 2_000, server: "one", becomes: "killed" }],
    });
    for (const peer of Object.values(scenario.peers)) peer.transportPolicy = "relay";
    await run(scenario);
    const [session] = events("session_finished");
    expect(session).toMatchObject({ outcome: "connected", dropped: false });
    expect(session?.recoveries?.length).toBeGreaterThan(0);
    const fetches = events("ice_servers_fetched").map(({ role, source, hosts }) => `${role} ${source} ${hosts}`);
    expect(fetches.slice(0, 4)).toEqual([
      "offerer api fr-turn7.xirsys.com",
      "answerer signalling fr-turn7.xirsys.com",
      "offerer api fr-turn8.xirsys.com",
      "answerer signalling fr-turn8.xirsys.com",
    ]);
  });

  it("open nothing when they have expired, and end with their credential where the provider cuts", async () => {
    const iceServerApis: Topology["iceServerApis"] = {
      cloudflare: {
        provider: "cloudflare",
        servers: ["turn"],
        ttlSeconds: 3,
        cutsAtExpiry: true,
        faults: [{ answer: "expired", requests: [1, 2] }],
      },
    };
    const scenario = scenarioOf({ turnServers: { turn: {} }, iceServerApis }, ["cloudflare"], {
      load: times(2),
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 6_000 },
      sessionTimeoutMs: 3_000,
    });
    for (const peer of Object.values(scenario.peers)) peer.transportPolicy = "relay";
    await run(scenario);
    const [expired, cut] = events("session_finished");
    expect(expired).toMatchObject({ outcome: "failed", failure: { code: "turn_unauthorized" } });
    expect(cut).toMatchObject({ outcome: "connected", dropped: true, path: "relayed" });
    const cuts = events("allocations_cut");
    expect(cuts.length).toBeGreaterThan(0);
    for (const { count, delayMs } of cuts) expect([count > 0, delayMs < 3_000]).toEqual([true, true]);
  });

  it("outlive a rotation of the secret in the right order, and not one in the wrong order", async () => {
    const topology: Topology = {
      turnServers: { turn: { secrets: ["first"] } },
      iceServerApis: { rest: { provider: "coturn-rest", servers: ["turn"] } },
    };
    const scenario = scenarioOf(topology, ["rest"], {
      load: times(11),
      // No call is so short that the last of them begins before the last change.
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 350 },
      sessionTimeoutMs: 2_000,
    });
    scenario.peers.offerer.transportPolicy = "relay";
    // What is minted last with the first secret has a second and a half to be used.
    const at = { both: 500, minted: 1_000, removed: 2_500, wrong: 3_200 };
    await run({
      ...scenario,
      changes: [
        { atMs: at.both, server: "turn", secrets: ["first", "second"] },
        { atMs: at.minted, server: "turn", mintsWith: "second" },
        { atMs: at.removed, server: "turn", secrets: ["second"] },
        // Nobody has told the server of this one.
        { atMs: at.wrong, server: "turn", mintsWith: "third" },
      ],
    });
    const changes = events("lab_changed");
    expect(changes).toHaveLength(4);
    const wrongFrom = changes.at(-1)?.at ?? 0;
    const started = new Map(events("session_started").map(({ session, at }) => [session, at]));
    // One that began right before has its list from before or after.
    const beganBy = (at: number) =>
      events("session_finished").filter(({ session }) => (started.get(session) ?? 0) < at);
    const right = beganBy(wrongFrom - 300);
    const undecided = beganBy(wrongFrom);
    const wrong = events("session_finished").filter((session) => !undecided.includes(session));
    expect(right.length).toBeGreaterThan(1);
    expect(new Set(right.map(({ outcome }) => outcome))).toEqual(new Set(["connected"]));
    expect(wrong.length).toBeGreaterThan(0);
    expect(new Set(wrong.map(({ failure }) => failure?.code))).toEqual(new Set(["turn_unauthorized"]));
  });
});
