import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { PeerSession } from "../course/peer-session.ts";
import type { SessionEnded, SignalData } from "../protocol.ts";
import { runInProcess } from "./test-session.ts";
import { WeriftEndpoint } from "./werift-endpoint.ts";

type Send = (this: dgram.Socket, ...args: unknown[]) => void;

/** Watches every datagram of this process; `pass` may drop one. Returns the destinations seen. */
function watchDatagrams(pass: (packet: Buffer) => boolean = () => true): Set<string> {
  const destinations = new Set<string>();
  const send = dgram.Socket.prototype.send as Send;
  const watched: Send = function (...args) {
    destinations.add(String(args[2]));
    if (pass(args[0] as Buffer)) send.apply(this, args);
  };
  vi.spyOn(dgram.Socket.prototype, "send").mockImplementation(watched as never);
  return destinations;
}

describe("PeerSession", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("connects two peers, exchanges messages and reports both ends alike", async () => {
    const { offerer, answerer } = await runInProcess();
    for (const end of [offerer, answerer]) {
      expect(end).toMatchObject({ connected: true, dropped: false, report: { failure: null } });
      expect(end.report.selectedPair).toMatchObject({ local: { type: "host" }, remote: { type: "host" } });
      expect(Object.values(end.marks)).not.toContain(null);
    }
    expect(offerer.report.messagesReceived).toBe(answerer.report.messagesSent);
    expect(answerer.report.messagesReceived).toBe(offerer.report.messagesSent);
    expect(offerer.report.selectedPair?.remote).toMatchObject({ port: answerer.report.candidates[0]?.port });
  });

  it("talks to nobody but the far peer when no ICE server is given", async () => {
    const destinations = watchDatagrams();
    const lookup = vi.spyOn(dns, "lookup");
    const lookupPromise = vi.spyOn(dns.promises, "lookup");
    const connect = vi.spyOn(net.Socket.prototype, "connect");
    await runInProcess();
    expect([...destinations]).toEqual(["127.0.0.1"]);
    expect(lookup).not.toHaveBeenCalledWith(expect.stringContaining("google"), expect.anything(), expect.anything());
    expect(lookupPromise).not.toHaveBeenCalled();
    expect(connect).not.toHaveBeenCalled();
  });

  it("keeps candidates that overtake the description they belong to", async () => {
    const held: (() => void)[] = [];
    const { offerer, answerer } = await runInProcess({}, (data: SignalData, pass) => {
      if (data.kind === "offer" || data.kind === "answer") held.push(pass);
      else pass();
      if (data.kind === "end-of-candidates") for (const release of held.splice(0)) release();
    });
    expect([offerer.connected, answerer.connected]).toEqual([true, true]);
  });

  it("fails within seconds when no pair answers, and both ends are closed", async () => {
    watchDatagrams(() => false);
    const startedAtMs = performance.now();
    const { offerer, answerer } = await runInProcess();
    expect(performance.now() - startedAtMs).toBeLessThan(7_000);
    const failures = [offerer.report.failure?.code, answerer.report.failure?.code];
    expect(failures).toContain("ice_failed");
    expect([offerer.connected, answerer.connected]).toEqual([false, false]);
  }, 15_000);

  it("fails as media_failed where data arrives at both ends and media does not", async () => {
    const traffic = { messageBytes: 100, messagesPerSecond: 50, durationMs: 100, media: ["video" as const] };
    // No werift peer has a camera; scenarios cannot ask it for media.
    const { offerer, answerer } = await runInProcess({ traffic });
    for (const { connected, marks } of [offerer, answerer]) {
      expect(connected).toBe(false);
      expect(marks.firstDataAtMs).not.toBeNull();
    }
    // Whoever is second is told to leave.
    expect([offerer.report.failure?.code, answerer.report.failure?.code]).toContain("media_failed");
  }, 15_000);

  it("says what its servers said when it is told to leave, and nothing when they said nothing", async () => {
    const leave = async (urls: string[]) => {
      const gathered = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<SessionEnded>();
      const traffic = { messageBytes: 100, messagesPerSecond: 50, durationMs: 100 };
      const iceServers = [{ urls, username: "user", credential: "secret" }];
      const session = new PeerSession(
        { type: "join", session: 1, role: "offerer", iceServers, transportPolicy: "all", traffic, timeoutMs: 10_000 },
        {
          signal: ({ kind }) => kind === "end-of-candidates" && gathered.resolve(),
          wantsRestart: () => {},
          stats: () => {},
          ended: ended.resolve,
        },
        (join, events) => new WeriftEndpoint(join, events, { loopbackOnly: true }),
        0,
      );
      session.start();
      await gathered.promise;
      void session.leave();
      return (await ended.promise).report.failure;
    };
    expect(await leave([])).toBeNull();
    expect(await leave(["turn:x?transport=sctp"])).toMatchObject({ code: "turn_error" });
  });

  it("shows lost packets as lost messages and does not stall", async () => {
    let dataPackets = 0;
    // DTLS application data (type 23) of a message's size: every fifth is lost.
    watchDatagrams((packet) => !(packet[0] === 23 && packet.length > 1_000 && ++dataPackets % 5 === 0));
    const traffic = { messageBytes: 1_000, messagesPerSecond: 50, durationMs: 2_000 };
    const { offerer, answerer } = await runInProcess({ traffic });
    const sent = offerer.report.messagesSent + answerer.report.messagesSent;
    const received = offerer.report.messagesReceived + answerer.report.messagesReceived;
    expect(sent).toBeGreaterThan(150);
    expect(received / sent).toBeGreaterThan(0.7);
    expect(received / sent).toBeLessThan(0.9);
    expect([offerer.dropped, answerer.dropped]).toEqual([false, false]);
  }, 15_000);

  it("is dropped when the path falls silent before the planned end", async () => {
    let isCut = false;
    watchDatagrams(() => !isCut);
    const running = runInProcess(
      { traffic: { messageBytes: 100, messagesPerSecond: 20, durationMs: 1_500 } },
      (data, pass) => {
        pass();
        if (data.kind === "first-data") isCut = true;
      },
    );
    const { offerer, answerer } = await running;
    expect(offerer.dropped || answerer.dropped).toBe(true);
  }, 15_000);

  it("leaves no socket and no timer behind after many sessions", async () => {
    await runInProcess();
    const busy = () => process.getActiveResourcesInfo().filter((r) => r === "UDPWRAP" || r === "TCPSocketWrap").length;
    const before = busy();
    await Promise.all(Array.from({ length: 10 }, () => runInProcess()));
    expect(busy()).toBe(before);
    // DTLS's last retransmission timer may run out its half second; the sessions' own are gone.
    await vi.waitFor(
      () => expect(process.getActiveResourcesInfo().filter((r) => r === "Timeout").length).toBeLessThanOrEqual(2),
      { timeout: 3_000 },
    );
  }, 20_000);
});
