import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ServerError } from "./lab-error.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import { makeCall } from "./make-call.ts";
import type { EventOf, RunEvent } from "./model/events.ts";
import type { IceUrlKind } from "./model/ice.ts";
import type { PeerSpec } from "./model/topology.ts";
import { runScenario } from "./run-scenario.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { eventsOf, inNode, testContext, topologyOf } from "./test-lab.ts";

/** Its name has a hyphen, which nft's own names do not take everywhere. */
const SERVER = "turn-1";
const ADDRESS = "34.77.1.10";
const topology = { turnServers: { [SERVER]: {} } };
const peer: PeerSpec = {
  behind: "internet",
  iceServers: [{ server: SERVER, urls: ["udp", "tcp"] }],
  transportPolicy: "relay",
};
const peers = { offerer: peer, answerer: peer };

describeDocker("a run of calls that loses its server", () => {
  // Killed when whatever connects in its time has, and before the last third of any call's traffic, in which silence is a drop.
  const timeoutMs = 2_000;
  const durationMs = 4_000;
  const changes = [
    { atMs: timeoutMs, server: SERVER, becomes: "killed" as const },
    { atMs: 9_000, server: SERVER, becomes: "restored" as const },
  ];

  it("drops what was relayed, fails what comes then, and connects again; nothing of the lab broke", async () => {
    const context = await testContext();
    await runScenario(
      "killed",
      {
        ...topologyOf(topology, "internet", "internet"),
        peers,
        load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
        traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs },
        sessionTimeoutMs: timeoutMs,
        changes,
      },
      context,
    );
    const { events } = context;
    expect(eventsOf(events, "scenario_finished")).toMatchObject([{ outcome: "completed", reason: null }]);
    expect(eventsOf(events, "lab_changed").map(({ change }) => change)).toEqual(changes);
    const [killedAt = 0, restoredAt = 0] = eventsOf(events, "lab_changed").map(({ at }) => at);
    const sessions = eventsOf(events, "session_finished").map((end) => {
      const start = eventsOf(events, "session_started").find(({ session }) => session === end.session);
      return { startedAt: start?.at ?? 0, end };
    });
    const outcomes = (of: typeof sessions) =>
      new Set(of.map(({ end }) => `${end.outcome}${end.dropped ? ", dropped" : ""}`));
    const during = sessions.filter(({ startedAt, end }) => startedAt > killedAt && end.at < restoredAt);
    const after = sessions.filter(({ startedAt }) => startedAt > restoredAt);
    expect([during.length > 0, after.length > 0]).toEqual([true, true]);
    expect(outcomes(sessions.filter(({ startedAt }) => startedAt < killedAt))).toEqual(new Set(["connected, dropped"]));
    expect(outcomes(during)).toEqual(new Set(["failed"]));
    expect(outcomes(after)).toEqual(new Set(["connected"]));
  });
});

describeDocker("a server that is lost", () => {
  let lab: StartedLab;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    const changes = [{ atMs: 0, server: SERVER, becomes: "drained" as const }];
    lab = await upLab("lost", { topology, peers, changes }, await testContext());
  });
  afterAll(() => lab?.down());

  const TIMEOUT_MS = 1_500;
  let sessions = 0;
  const call = async (
    durationMs: number,
    transports: IceUrlKind[] = ["udp", "tcp"],
  ): Promise<EventOf<"session_finished"> | undefined> => {
    const events: RunEvent[] = [];
    const iceServers = [{ server: SERVER, urls: transports }];
    const caller = (name: string) => ({ ...peer, iceServers, peer: name });
    const traffic = { messageBytes: 200, messagesPerSecond: 20, durationMs };
    const ends = { offerer: caller("offerer"), answerer: caller("answerer") };
    const where = { scenario: "lost", session: ++sessions, vu: 1, iteration: 0 };
    await makeCall(lab, { ...ends, traffic, sessionTimeoutMs: TIMEOUT_MS }, where, {
      emit: (event) => void events.push(event),
      signal,
    });
    return eventsOf(events, "session_finished")[0];
  };
  /** Calls that are up when the server is lost, and not yet in the last third of their traffic, in which silence is a drop. */
  const callsThrough = async (becomes: "drained" | "cut-off", ...transports: ("udp" | "tcp")[]) => {
    const calling = Promise.all(transports.map((transport) => call(3_500, [transport])));
    await sleep(TIMEOUT_MS);
    await lab.changeServer(SERVER, becomes);
    return calling;
  };
  const silence = (transport: "udp" | "tcp") =>
    lab.observer.ask("expect-silence", { target: { address: ADDRESS, port: 3478, transport }, durationMs: 300 });

  it("goes on with the calls it has while it is drained, over UDP and TCP, and answers nobody new", async () => {
    for (const session of await callsThrough("drained", "udp", "tcp"))
      expect(session).toMatchObject({ outcome: "connected", dropped: false });
    await Promise.all([silence("udp"), silence("tcp")]);
    expect(await call(100)).toMatchObject({ outcome: "failed" });
    await lab.changeServer(SERVER, "restored");
    expect(await call(100)).toMatchObject({ outcome: "connected" });
  });

  it("is silent both ways when it is cut off, and drops its calls", async () => {
    expect(await callsThrough("cut-off", "udp")).toMatchObject([{ outcome: "connected", dropped: true }]);
    await Promise.all([silence("udp"), silence("tcp")]);
    await expect(inNode(lab, SERVER, "ping", "-c1", "-W1", "51.15.10.10")).rejects.toThrow(/ 0 received/);
    await lab.changeServer(SERVER, "restored");
    expect(await call(100)).toMatchObject({ outcome: "connected" });
  });

  it("refuses with ICMP and resets when it is killed, is not asked after the load, and comes back from drained too", async () => {
    await lab.changeServer(SERVER, "drained");
    await lab.changeServer(SERVER, "killed");
    await expect(silence("udp")).rejects.toThrow(/found .*REFUSED/);
    await expect(silence("tcp")).rejects.toThrow(/found .*REFUSED/);
    await lab.proveServers();
    await lab.changeServer(SERVER, "restored");
    await lab.proveServers();
  });

  it("that dies by itself all the same is a verdict", async () => {
    const init = lab.pids[SERVER];
    await lab.fabric.exec([
      "sh",
      "-c",
      `for pid in $(cat /proc/${init}/task/${init}/children); do
        if [ "$(cat /proc/$pid/comm)" = turnserver ]; then kill -KILL $pid; fi
      done`,
    ]);
    expect(await lab.broken).toBeInstanceOf(ServerError);
  });
});
