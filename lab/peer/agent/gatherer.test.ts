import dns from "node:dns/promises";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { RTCPeerConnection } from "werift";
import { Gatherer } from "./gatherer.ts";
import { startTestTurnServer } from "./test-turn-server.ts";
import { createUnreliableChannel } from "./unreliable-channel.ts";
import { iceConnectionOf } from "./werift-internals.ts";

async function gather(urls: string[], transportPolicy: "all" | "relay" = "all", proxyPort?: number) {
  const pc = new RTCPeerConnection({ iceServers: [], iceUseIpv6: false });
  createUnreliableChannel(pc);
  const ended = Promise.withResolvers<void>();
  const iceServers = [{ urls, username: "user", credential: "secret" }];
  const gatherer = new Gatherer(iceConnectionOf(pc), {
    iceServers,
    transportPolicy,
    loopbackOnly: true,
    ...(proxyPort === undefined ? {} : { proxy: { host: "127.0.0.1", port: proxyPort } }),
    onEnd: ended.resolve,
    onCut: () => {},
    onStep: () => {},
  });
  gatherer.start();
  onTestFinished(async () => {
    await gatherer.close();
    await pc.close();
  });
  return { gatherer, ended: ended.promise };
}

describe("Gatherer", () => {
  // No name of these tests reaches the machine's own resolver.
  beforeEach(() => {
    const lookup = async (name: string) => {
      if (name === "localhost") return [{ address: "127.0.0.1", family: 4 }];
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
    };
    vi.spyOn(dns, "lookup").mockImplementation(lookup as never);
  });
  afterEach(() => void vi.restoreAllMocks());

  it("uses every URL: each TURN URL its own allocation, given back at the end", async () => {
    await using first = await startTestTurnServer("ok");
    await using second = await startTestTurnServer("ok");
    const urls = [`stun:127.0.0.1:${first.port}`, `turn:127.0.0.1:${first.port}`, `turn:localhost:${second.port}`];
    const { gatherer, ended } = await gather(urls);
    await ended;
    expect(gatherer.reports.map((r) => [r.url, r.outcome])).toEqual(urls.map((url) => [url, "ok"]));
    const relays = gatherer.candidates.filter((c) => c.type === "relay");
    expect(relays.map((c) => c.url).toSorted()).toEqual(urls.slice(1).toSorted());
    expect(new Set(relays.map((c) => c.priority)).size).toBe(2);
    // Without a NAT the reflexive address is the host's own: redundant (RFC 8445 section 5.1.3).
    expect(gatherer.candidates.map((c) => c.type)).not.toContain("srflx");
    expect(gatherer.turnAllocateMs).toHaveLength(2);
    expect([first.allocations, second.allocations]).toEqual([1, 1]);
    await gatherer.close();
    expect([first.allocations, second.allocations]).toEqual([0, 0]);
  });

  it("names a wrong password although the server's answer is unsigned", async () => {
    await using server = await startTestTurnServer("unauthorized");
    const { gatherer, ended } = await gather([`turn:127.0.0.1:${server.port}`], "relay");
    await ended;
    expect(gatherer.reports[0]).toMatchObject({
      outcome: "failed",
      failure: { code: "turn_unauthorized", message: "401 Unauthorized" },
    });
    expect(gatherer.candidates).toEqual([]);
  });

  it("sends TURN over TCP and TLS to the proxy by name, and STUN and TURN over UDP past it", async () => {
    await using server = await startTestTurnServer("ok");
    const asked: (string | undefined)[] = [];
    const proxy = http.createServer().on("connect", ({ url }, socket) => {
      asked.push(url);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    onTestFinished(() => void proxy.close());
    const direct = [`stun:localhost:${server.port}`, `turn:localhost:${server.port}`];
    // Only the proxy could resolve this name, and there is nothing else that the peer would fall back to.
    const proxied = ["turn:name.invalid:3478?transport=tcp", "turns:name.invalid:5349?transport=tcp"];
    const { port } = proxy.address() as net.AddressInfo;
    const { gatherer, ended } = await gather([...direct, ...proxied], "all", port);
    await ended;
    expect(asked.toSorted()).toEqual(["name.invalid:3478", "name.invalid:5349"]);
    expect(gatherer.reports.map(({ outcome, failure }) => failure?.code ?? outcome)).toEqual([
      "ok",
      "ok",
      "proxy_refused",
      "proxy_refused",
    ]);
  });

  it("says at once when a connection is cut before the answer", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.resetAndDestroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    const { gatherer, ended } = await gather([`turn:127.0.0.1:${port}?transport=tcp`], "relay");
    await ended;
    const [report] = gatherer.reports;
    expect(report?.failure).toEqual({ code: "turn_no_answer", message: "no answer (ECONNRESET)" });
    expect(report?.durationMs).toBeLessThan(2_000);
  });

  it("reports each URL's own failure", async () => {
    await using server = await startTestTurnServer("quota");
    const closed = net.createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as net.AddressInfo;
    closed.close();
    await once(closed, "close");
    const urls = [
      `turn:127.0.0.1:${server.port}`,
      `turn:127.0.0.1:${port}?transport=tcp`,
      "turn:name.invalid",
      "turn:x?transport=sctp",
    ];
    const { gatherer, ended } = await gather(urls, "relay");
    await ended;
    expect(gatherer.reports.map((r) => r.failure?.code)).toEqual([
      "turn_quota_reached",
      "turn_connect_failed",
      "dns_failed",
      "turn_error",
    ]);
    expect(gatherer.reports[0]?.failure?.message).toBe("486 Allocation Quota Reached");
    expect(gatherer.reports[1]?.failure?.message).toContain("ECONNREFUSED");
    expect(gatherer.reports[2]?.failure?.message).toContain("ENOTFOUND");
    expect(dns.lookup).toHaveBeenCalledExactlyOnceWith("name.invalid", { family: 4, all: true });
  });

  it("calls a URL unfinished when the session ends first, and never falls back to TCP", async () => {
    await using server = await startTestTurnServer("mute");
    const { gatherer } = await gather([`turn:127.0.0.1:${server.port}`], "relay");
    await expect.poll(() => server.requests).toBeGreaterThan(1);
    await gatherer.close();
    expect(gatherer.reports).toEqual([
      { url: `turn:127.0.0.1:${server.port}`, outcome: "unfinished", durationMs: null },
    ]);
    expect(gatherer.endedAtMs).toBeNull();
  });

  it("says turn_no_answer and stun_no_answer when its time is up", async () => {
    await using server = await startTestTurnServer("mute");
    const { gatherer, ended } = await gather([`turn:127.0.0.1:${server.port}`, `stun:127.0.0.1:${server.port}`]);
    await ended;
    expect(gatherer.reports[1]?.failure?.code).toBe("stun_no_answer");
    expect(gatherer.reports[0]?.failure).toEqual({
      code: "turn_no_answer",
      message: "no answer (timed out after 5000 ms)",
    });
    expect(gatherer.reports[0]?.durationMs).toBeLessThan(5_500);
  }, 10_000);

  it("does not contact a STUN server when only relays may be used", async () => {
    await using server = await startTestTurnServer("ok");
    const { gatherer, ended } = await gather([`stun:127.0.0.1:${server.port}`], "relay");
    await ended;
    expect(server.requests).toBe(0);
    expect(gatherer.reports).toEqual([]);
  });
});
