import { spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type AgentMessage, type HostMessage, PROTOCOL_VERSION } from "./protocol.ts";
import { runSession, type SessionSpec } from "./session.ts";
import { startAgentProcess } from "./test-peer.ts";

const spec = (session: number, overrides: Partial<SessionSpec> = {}): SessionSpec => ({
  session,
  iceServers: { offerer: [], answerer: [] },
  transportPolicy: { offerer: "all", answerer: "all" },
  traffic: { messageBytes: 200, messagesPerSecond: 50, durationMs: 100 },
  timeoutMs: 15_000,
  ...overrides,
});

describe("runSession", () => {
  it("connects two agents over loopback, several sessions at once", async () => {
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const results = await Promise.all([1, 2, 3].map((session) => runSession(a.handle, b.handle, spec(session))));
    for (const result of results) {
      expect(result).toMatchObject({
        outcome: "connected",
        dropped: false,
        failure: null,
        pair: { offerer: "host", answerer: "host" },
      });
      expect(result.timings.connect_time).toBeGreaterThan(0);
      expect(result.timings.first_data_time).toBeGreaterThanOrEqual(result.timings.connect_time ?? Infinity);
      expect(result.peers.offerer.messagesReceived).toBe(result.peers.answerer.messagesSent);
    }
    expect(results[0]?.timings.turn_allocate_time).toEqual([]);
  }, 30_000);

  it("fails at once when only a relay is allowed and there is none", async () => {
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const startedAtMs = performance.now();
    const result = await runSession(
      a.handle,
      b.handle,
      spec(1, { transportPolicy: { offerer: "relay", answerer: "relay" } }),
    );
    expect(result).toMatchObject({ outcome: "failed", pair: null, failure: { code: "ice_failed" } });
    // A check that nobody answers alone takes 3 s; the time limit is 15 s.
    expect(performance.now() - startedAtMs).toBeLessThan(2_500);
    expect(result.timings.connect_time).toBeNull();
  }, 30_000);

  it("calls a peer that dies crashed, and the other one is told to leave", async () => {
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const running = runSession(
      a.handle,
      b.handle,
      spec(1, { traffic: { messageBytes: 10, messagesPerSecond: 5, durationMs: 20_000 } }),
    );
    b.process.kill("SIGKILL");
    const result = await running;
    expect(result).toMatchObject({
      outcome: "failed",
      failure: { code: "peer_crashed", message: expect.stringContaining("SIGKILL") },
    });
    const next = await runSession(a.handle, b.handle, spec(2));
    expect(next.failure?.code).toBe("peer_crashed");
  }, 30_000);

  it("rejects with the signal's reason after both peers have left", async () => {
    await using a = startAgentProcess("a");
    await using b = startAgentProcess("b");
    await Promise.all([a.handle.ready, b.handle.ready]);
    const abort = new AbortController();
    const traffic = { messageBytes: 10, messagesPerSecond: 5, durationMs: 20_000 };
    const running = runSession(a.handle, b.handle, spec(1, { traffic, signal: abort.signal }));
    abort.abort(new Error("interrupted"));
    await expect(running).rejects.toThrow("interrupted");
    expect((await runSession(a.handle, b.handle, spec(1))).outcome).toBe("connected");
  }, 30_000);
});

describe("agent/main", () => {
  const main = fileURLToPath(new URL("agent/main.ts", import.meta.url));
  const start = (input: string | null) => {
    const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "ignore"] });
    if (input !== null) child.stdin.write(input);
    return child;
  };

  it("ends with 0 when stdin ends, and on SIGTERM", async () => {
    await using agent = startAgentProcess("a");
    await agent.handle.ready;
    const exited = once(agent.process, "exit");
    agent.process.stdin?.end();
    expect(await exited).toEqual([0, null]);
    await using second = startAgentProcess("b");
    await second.handle.ready;
    const stopped = once(second.process, "exit");
    second.process.kill("SIGTERM");
    expect(await stopped).toEqual([0, null]);
  }, 20_000);

  it("counts a session from when its join arrived, not from when its turn came, less what the peer waited", async () => {
    const count = 20;
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const traffic = { messageBytes: 10, messagesPerSecond: 5, durationMs: 100 };
    const join = {
      type: "join",
      role: "answerer",
      iceServers: [],
      transportPolicy: "relay",
      traffic,
      timeoutMs: 5_000,
    };
    const messages: HostMessage[] = [
      { type: "hello", protocolVersion: PROTOCOL_VERSION, loopbackOnly: true },
      ...numbers.map(
        (session) => ({ ...join, session, waitedMs: session === count ? 700 : 0 }) as const as HostMessage,
      ),
      ...numbers.map((session) => ({ type: "leave", session }) as const),
    ];
    // One chunk, as the harness's lines come when many sessions start at once.
    const child = start(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
    const joinedAtMs: number[] = [];
    for await (const line of readline.createInterface({ input: child.stdout })) {
      const message = JSON.parse(line) as AgentMessage;
      if (message.type === "ended") joinedAtMs.push(message.marks.joinedAtMs);
      if (joinedAtMs.length === count) child.stdin.end();
    }
    expect(joinedAtMs).toHaveLength(count);
    const [joinedAt = 0] = joinedAtMs.toSorted((a, b) => b - a);
    expect(joinedAtMs.filter((at) => at === joinedAt)).toHaveLength(count - 1);
    expect(Math.min(...joinedAtMs)).toBeCloseTo(joinedAt - 700, 3);
  }, 20_000);

  it("refuses anything but a greeting first, and says so without repeating the line", async () => {
    const child = start('{"type":"join","session":1,"credential":"secret"\n');
    const [[line], [code]] = await Promise.all([once(child.stdout, "data"), once(child, "exit")]);
    expect(code).toBe(1);
    expect(JSON.parse(String(line))).toMatchObject({ type: "fatal" });
    expect(String(line)).not.toContain("secret");
  }, 20_000);

  it("ends with 1 when nobody greets it", async () => {
    const child = start(null);
    const [code] = await once(child, "exit");
    expect(code).toBe(1);
  }, 20_000);
});
