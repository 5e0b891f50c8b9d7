import dgram from "node:dgram";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { IceServer } from "../../model/ice.ts";
import type { Role } from "../../model/scenario.ts";
import type { PeerSession } from "../course/peer-session.ts";
import type { Join, SessionEnded } from "../protocol.ts";
import { runInProcess } from "./test-session.ts";
import { startTestTurnServer } from "./test-turn-server.ts";

const servers = (...ports: number[]): IceServer[] =>
  ports.map((port) => ({ urls: [`turn:127.0.0.1:${port}?transport=udp`], username: "user", credential: "secret" }));

const TRAFFIC = { messageBytes: 100, messagesPerSecond: 50, durationMs: 900 };
const LONGER = { ...TRAFFIC, durationMs: 1_500 };
const RECOVERY = { by: "ice-restart", afterSilenceMs: 400, withinMs: 4_000 } as const;

const relayed = (port: number, changes: Partial<Join> = {}): Partial<Join> => ({
  transportPolicy: "relay",
  iceServers: servers(port),
  traffic: TRAFFIC,
  ...changes,
});

/** Runs a session and calls `act` when both ends have heard each other. */
function runAndAct(join: Partial<Join>, act: (peers: Record<Role, PeerSession>) => void, next?: IceServer[]) {
  let peers: Record<Role, PeerSession> | null = null;
  let heard = 0;
  return runInProcess(
    join,
    (data, pass) => {
      pass();
      if (data.kind === "first-data" && ++heard === 2) setTimeout(() => peers && act(peers), 100);
    },
    {
      onPeers: (both) => {
        peers = both;
      },
      ...(next ? { iceServersFor: () => next } : {}),
    },
  );
}

const both = ({ offerer, answerer }: Record<Role, SessionEnded>) => [offerer, answerer];
const delivery = (ends: Record<Role, SessionEnded>) =>
  both(ends).reduce((n, { report }) => n + report.messagesReceived, 0) /
  both(ends).reduce((n, { report }) => n + report.messagesSent, 0);

function expectRestarted(ends: Record<Role, SessionEnded>, from: number, to: number) {
  for (const end of both(ends)) {
    expect(end).toMatchObject({ connected: true, dropped: false, report: { failure: null } });
    expect(end.report.selectedUrl).toContain(`:${to}?`);
    expect(end.recoveries).toHaveLength(1);
    expect(end.recoveries[0]).toMatchObject({
      before: { url: expect.stringContaining(`:${from}?`) },
      after: { url: expect.stringContaining(`:${to}?`), local: { type: "relay" } },
      selectedAtMs: expect.any(Number),
    });
    expect(end.recoveries[0]?.after?.local.port).not.toBe(end.recoveries[0]?.before?.local.port);
  }
}

describe("an ICE restart", () => {
  it.concurrent.each<[string, Role[]]>([
    ["the offerer", ["offerer"]],
    ["the answerer", ["answerer"]],
    ["both at once", ["offerer", "answerer"]],
  ])("begun by %s gives a new pair, and loses nothing", async (_who, roles) => {
    await using server = await startTestTurnServer("ok");
    const ends = await runAndAct(relayed(server.port), (peers) => {
      for (const role of roles) peers[role].restart(servers(server.port), false);
    });
    expectRestarted(ends, server.port, server.port);
    expect(delivery(ends)).toBe(1);
    expect(server.allocations).toBe(0);
  });

  it.concurrent("takes the servers that it is told, and gives the old allocation back while the call goes on", async () => {
    await using old = await startTestTurnServer("ok");
    await using next = await startTestTurnServer("ok");
    const open: [number, number][] = [];
    const ends = await runAndAct(relayed(old.port, { traffic: LONGER }), (peers) => {
      open.push([old.allocations, next.allocations]);
      peers.answerer.configure(servers(next.port));
      peers.offerer.restart(servers(next.port), false);
      setTimeout(() => open.push([old.allocations, next.allocations]), 1_200);
    });
    expectRestarted(ends, old.port, next.port);
    expect(open).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect([old.allocations, next.allocations]).toEqual([0, 0]);
  });

  it.concurrent("is begun again when another list comes while it runs", async () => {
    await using first = await startTestTurnServer("ok");
    await using mute = await startTestTurnServer("mute");
    await using last = await startTestTurnServer("ok");
    const ends = await runAndAct(relayed(first.port), (peers) => {
      peers.answerer.configure(servers(mute.port));
      peers.offerer.restart(servers(mute.port), false);
      peers.answerer.configure(servers(last.port));
      peers.offerer.restart(servers(last.port), false);
    });
    expectRestarted(ends, first.port, last.port);
    expect(delivery(ends)).toBe(1);
  });

  it.concurrent("that comes to nothing leaves the call where it was", async () => {
    await using first = await startTestTurnServer("ok");
    await using refusing = await startTestTurnServer("quota");
    const ends = await runAndAct(relayed(first.port), (peers) => {
      peers.answerer.configure(servers(refusing.port));
      peers.offerer.restart(servers(refusing.port), false);
    });
    for (const end of both(ends)) {
      expect(end).toMatchObject({ connected: true, dropped: false });
      expect(end.report.selectedUrl).toContain(`:${first.port}?`);
      expect(end.recoveries).toMatchObject([{ selectedAtMs: null, after: null, silentSinceMs: null }]);
    }
    expect(delivery(ends)).toBe(1);
  });

  it.concurrent("works on host pairs, and with signalling of half a second", async () => {
    let peers: Record<Role, PeerSession> | null = null;
    let delayMs = 0;
    const ends = await runInProcess(
      { traffic: { ...TRAFFIC, durationMs: 2_500 } },
      (data, pass, from) => {
        setTimeout(pass, delayMs);
        if (data.kind !== "first-data" || from === "offerer") return;
        delayMs = 500;
        setTimeout(() => peers?.answerer.restart([], false), 200);
      },
      {
        onPeers: (both) => {
          peers = both;
        },
      },
    );
    for (const { recoveries, dropped } of both(ends)) {
      expect(dropped).toBe(false);
      expect(recoveries).toMatchObject([{ before: { local: { type: "host" } }, after: { local: { type: "host" } } }]);
      expect(recoveries[0]?.after?.local.port).not.toBe(recoveries[0]?.before?.local.port);
    }
    expect(delivery(ends)).toBe(1);
  });

  it("leaves no socket and no timer behind", async () => {
    await using server = await startTestTurnServer("ok");
    const busy = () => process.getActiveResourcesInfo().filter((r) => r === "UDPWRAP").length;
    const timers = () => process.getActiveResourcesInfo().filter((r) => r === "Timeout").length;
    const before = busy();
    await Promise.all(
      Array.from({ length: 5 }, () =>
        runAndAct(relayed(server.port), (peers) => {
          peers.offerer.restart(servers(server.port), false);
          peers.answerer.restart(servers(server.port), false);
          // The last one is under way at the end.
          setTimeout(() => peers.answerer.restart(servers(server.port), false), 780);
        }),
      ),
    );
    expect(busy()).toBe(before);
    expect(server.allocations).toBe(0);
    await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(2), { timeout: 3_000 });
  }, 20_000);
});

describe("a call that falls silent", () => {
  it.concurrent("restarts over another server, is not dropped, and counts what was lost", async () => {
    await using dead = await startTestTurnServer("ok");
    await using spare = await startTestTurnServer("ok");
    const ends = await runAndAct(
      relayed(dead.port, { recovery: RECOVERY, traffic: LONGER }),
      () => {
        dead.isCut = true;
      },
      servers(dead.port, spare.port),
    );
    expectRestarted(ends, dead.port, spare.port);
    // The restart of the first to notice may be over before the other does.
    expect(both(ends).some(({ recoveries }) => recoveries[0]?.noticedAtMs != null)).toBe(true);
    for (const { recoveries } of both(ends)) {
      const [{ silentSinceMs, restartedAtMs, selectedAtMs, recoveredAtMs } = NOTHING] = recoveries;
      const times = [silentSinceMs, restartedAtMs, selectedAtMs, recoveredAtMs];
      expect(times).not.toContain(null);
      expect((recoveredAtMs ?? 0) - (silentSinceMs ?? 0)).toBeGreaterThan(RECOVERY.afterSilenceMs);
      expect((recoveredAtMs ?? 0) - (silentSinceMs ?? 0)).toBeLessThan(1_500);
    }
    // Of 1.5 s each way at least 0.4 s are lost, and nothing of it comes late.
    expect(delivery(ends)).toBeLessThan(0.8);
    expect(delivery(ends)).toBeGreaterThan(0.4);
  });

  it.concurrent("goes on past its planned end until it is heard again", async () => {
    await using dead = await startTestTurnServer("ok");
    await using spare = await startTestTurnServer("ok");
    const ends = await runAndAct(
      relayed(dead.port, { recovery: RECOVERY, traffic: { ...TRAFFIC, durationMs: 400 } }),
      () => {
        dead.isCut = true;
      },
      servers(spare.port),
    );
    expectRestarted(ends, dead.port, spare.port);
  });

  it.concurrent("too short before its planned end to be noticed by then, but in all of its last third, is noticed later", async () => {
    await using dead = await startTestTurnServer("ok");
    await using spare = await startTestTurnServer("ok");
    const recovery = { ...RECOVERY, afterSilenceMs: 2_900 };
    const ends = await runAndAct(
      relayed(dead.port, { recovery, traffic: { ...TRAFFIC, durationMs: 3_000 } }),
      // More than 1,000 ms before the end, and less than the 1,450 of a doubt.
      () =>
        setTimeout(() => {
          dead.isCut = true;
        }, 1_675),
      servers(spare.port),
    );
    expectRestarted(ends, dead.port, spare.port);
  }, 15_000);

  it.concurrent("is dropped when no restart brings it back in time", async () => {
    await using dead = await startTestTurnServer("ok");
    const recovery = { ...RECOVERY, withinMs: 800 };
    const startedAt = performance.now();
    const ends = await runAndAct(relayed(dead.port, { recovery }), () => {
      dead.isCut = true;
    });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(both(ends).some(({ dropped }) => dropped)).toBe(true);
    for (const { recoveries } of both(ends)) expect(recoveries[0]).toMatchObject({ recoveredAtMs: null });
  });

  it.concurrent("ends as dropped at once where a new call is to take its place", async () => {
    await using dead = await startTestTurnServer("ok");
    const ends = await runAndAct(
      relayed(dead.port, { recovery: { ...RECOVERY, by: "new-call" }, traffic: { ...TRAFFIC, durationMs: 20_000 } }),
      () => {
        dead.isCut = true;
      },
    );
    expect(both(ends).some(({ dropped }) => dropped)).toBe(true);
    expect(both(ends).some(({ recoveries }) => recoveries[0]?.noticedAtMs != null)).toBe(true);
  });

  it.concurrent("is none while the path is well but hardly anything is sent", async () => {
    const ends = await runInProcess({
      recovery: RECOVERY,
      traffic: { messageBytes: 20, messagesPerSecond: 0.7, durationMs: 2_000 },
    });
    for (const end of both(ends)) expect(end).toMatchObject({ dropped: false, recoveries: [] });
  });

  it("is heard of by one end alone where one direction is dead, and both move", async () => {
    let deadPort = 0;
    let isCut = false;
    const send = dgram.Socket.prototype.send as (this: dgram.Socket, ...args: unknown[]) => void;
    vi.spyOn(dgram.Socket.prototype, "send").mockImplementation(function (this: dgram.Socket, ...args: unknown[]) {
      if (!isCut || this.address().port !== deadPort) send.apply(this, args);
    } as never);
    onTestFinished(() => void vi.restoreAllMocks());
    const ends = await runInProcess({ recovery: RECOVERY, traffic: LONGER }, (data, pass, from) => {
      pass();
      if (from !== "offerer") return;
      if (data.kind === "candidate" && deadPort === 0) deadPort = Number(data.candidate.split(" ")[5]);
      if (data.kind === "first-data") setTimeout(() => (isCut = true), 100);
    });
    for (const end of both(ends)) expect(end).toMatchObject({ connected: true, dropped: false });
    expect(ends.offerer.recoveries).toMatchObject([{ silentSinceMs: null, selectedAtMs: expect.any(Number) }]);
    expect(ends.answerer.recoveries).toMatchObject([
      { silentSinceMs: expect.any(Number), noticedAtMs: expect.any(Number), recoveredAtMs: expect.any(Number) },
    ]);
    const lost = ends.offerer.report.messagesSent - ends.answerer.report.messagesReceived;
    expect(lost).toBeGreaterThan(10);
    expect(lost).toBeLessThan(50);
    expect(ends.offerer.report.messagesReceived).toBe(ends.answerer.report.messagesSent);
  });

  it("is none while this process stands still", async () => {
    const ends = await runAndAct({ recovery: RECOVERY, traffic: TRAFFIC }, () => {
      const until = performance.now() + 1_000;
      while (performance.now() < until);
    });
    for (const end of both(ends)) expect(end).toMatchObject({ dropped: false, recoveries: [] });
  });
});

const NOTHING = {
  silentSinceMs: null,
  restartedAtMs: null,
  selectedAtMs: null,
  recoveredAtMs: null,
};
