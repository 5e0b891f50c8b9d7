import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "./lab-up.ts";
import type { Traffic } from "./model/load.ts";
import type { SignallingSpec } from "./model/scenario.ts";
import type { ClientFlaw, PeerSpec, TurnServerSpec } from "./model/topology.ts";
import { runSession } from "./peer/session.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { testContext } from "./test-lab.ts";
import { iceServersOf } from "./turn/ice-servers.ts";

/** One peer for each flaw, and one that does all as it should; every server keeps one thing for a short time only. */
describeDocker("a client", () => {
  let lab: StartedLab;
  let session = 0;

  beforeAll(async () => {
    const servers: Record<string, TurnServerSpec> = {
      nonce: { options: { "stale-nonce": 1 } },
      permission: { options: { "permission-lifetime": 4, "channel-lifetime": 4 } },
      allocation: { options: { "max-allocate-lifetime": 4 } },
      plain: {},
    };
    const peer = (flaws?: ClientFlaw[]): PeerSpec => {
      return { behind: "home", iceServers: Object.keys(servers), ...(flaws ? { flaws } : {}) };
    };
    const peers = {
      good: peer(),
      alsogood: peer(),
      "bad-nonce": peer(["ignores-stale-nonce"]),
      "bad-permission": peer(["no-permission-refresh"]),
      "bad-allocation": peer(["no-allocation-refresh"]),
      port: peer(["reuses-port"]),
      quiet: peer(["no-keepalive"]),
      fine: peer(),
    };
    const topology = { routers: { home: { nat: "home" } }, turnServers: servers } as const;
    lab = await upLab("flaws", { topology, peers }, await testContext());
  });
  afterAll(() => lab?.down());

  /** A call to the peer that does all as it should, both over relays of this server. */
  function call(
    peer: string,
    server: string,
    traffic: Partial<Traffic> = {},
    signalling?: SignallingSpec,
    to = "fine",
  ) {
    const [from, far] = [lab.peers[peer], lab.peers[to]];
    if (!from || !far) throw new Error("no such peer");
    const iceServers = iceServersOf([{ server, urls: ["udp"] }], lab.turnServers);
    return runSession(from, far, {
      session: ++session,
      iceServers: { offerer: iceServers, answerer: iceServers },
      transportPolicy: { offerer: "relay", answerer: "relay" },
      traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 200, ...traffic },
      timeoutMs: 10_000,
      ...(signalling ? { signalling } : {}),
    });
  }

  it.concurrent.each(["permission", "allocation"])(
    "that refreshes its %s outlasts it, and one that does not is dropped",
    async (kind) => {
      const traffic = { durationMs: 11_000 };
      const [good, bad] = await Promise.all([
        call("good", kind, traffic, {}, "alsogood"),
        call(`bad-${kind}`, kind, traffic),
      ]);
      expect(good).toMatchObject({ outcome: "connected", dropped: false, failure: null });
      expect(bad).toMatchObject({ outcome: "connected", dropped: true });
    },
  );

  it.concurrent("that asks again at 438 connects, and one that does not cannot", async () => {
    const late = { delayMs: 2_500 };
    const [good, bad] = await Promise.all([
      call("good", "nonce", {}, late, "alsogood"),
      call("bad-nonce", "nonce", {}, late),
    ]);
    expect(good).toMatchObject({ outcome: "connected", failure: null });
    expect(bad).toMatchObject({ outcome: "failed" });
  });

  it.concurrent("that takes the port of its last call, and left its allocation there, is answered 437", async () => {
    for (const again of [await call("port", "plain"), await call("port", "plain")]) {
      expect(again.peers.offerer.urls).toMatchObject([{ failure: { code: "turn_allocation_mismatch" } }]);
      expect(again.outcome).toBe("failed");
    }
    expect(await call("good", "plain", {}, {}, "alsogood")).toMatchObject({ outcome: "connected" });
  });

  it.concurrent("that asks for no consent connects, and sends its data as ever", async () => {
    expect(await call("quiet", "plain")).toMatchObject({ outcome: "connected", dropped: false });
  });
});
