import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer, type WebSocket as WsSocket } from "ws";
import { type Exchange, exchange, type Socket } from "./exchange.ts";
import { decode, type Message } from "./signalling-messages.ts";

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const client of server?.clients ?? []) client.terminate();
  server?.close();
});

/** A server of rooms, as signalling-messages.ts says; `passes`: what it does not lose. */
async function serve(passes: (message: Message) => number = () => 1, delayMs = 0): Promise<string> {
  const rooms = new Map<string, Set<WsSocket>>();
  const started = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server = started;
  started.on("connection", (socket) => {
    socket.on("message", (data) => {
      const message = decode(String(data));
      if (!message) return;
      const room = rooms.get(message.room) ?? new Set();
      rooms.set(message.room, room);
      if (message.type === "join") {
        room.add(socket);
        socket.send(`{"type":"welcome","room":"${message.room}"}`);
        socket.send(JSON.stringify({ type: "joined", room: message.room }));
        return;
      }
      const others = [...room].filter((other) => other !== socket);
      const copies = Array.from({ length: passes(message) }, () => others).flat();
      setTimeout(() => {
        for (const other of copies) other.send(String(data));
      }, delayMs);
    });
  });
  await once(started, "listening");
  return `ws://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

function callOver(url: string, timeoutMs = 2_000): Promise<Exchange> {
  // Node's own client is W3C's, as k6's is.
  const open = () => new WebSocket(url) as unknown as Socket;
  const after = (ms: number, task: () => void) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  };
  return exchange({ open, now: () => performance.now(), after }, { room: "one", candidates: 3, timeoutMs });
}

describe("the signalling of a call, as the k6 script has it", () => {
  it("joins, offers, answers and trickles, and says how long each took", async () => {
    const said: string[] = [];
    const url = await serve((message) => {
      said.push("from" in message ? `${message.from} ${message.type}` : message.type);
      return 1;
    }, 20);
    const result = await callOver(url);
    expect(result).toMatchObject({ fault: null, candidatesSent: 6 });
    expect(result.candidateTimes).toHaveLength(6);
    expect(Math.min(...result.candidateTimes)).toBeGreaterThan(18);
    expect(result.answerTime).toBeGreaterThan(38);
    expect(result.joinTime).toBeGreaterThan(0);
    expect(said.slice(0, 4)).toEqual(["offerer offer", ...Array.from({ length: 3 }, () => "offerer candidate")]);
    expect(said.slice(4, 8)).toEqual(["answerer answer", ...Array.from({ length: 3 }, () => "answerer candidate")]);
  });

  it("tells a candidate that is lost, and counts none twice", async () => {
    const url = await serve((message) => (message.type === "candidate" && message.n === 1 ? 0 : 2));
    const { fault, candidateTimes, candidatesSent, answerTime } = await callOver(url, 300);
    expect({ fault, candidatesSent, received: candidateTimes.length }).toEqual({
      fault: "timeout",
      candidatesSent: 6,
      received: 4,
    });
    expect(answerTime).not.toBeNull();
  });

  it("tells an answer that does not come, a server that leaves, and one that is not there", async () => {
    const silent = await serve(({ type }) => (type === "answer" ? 0 : 1));
    expect(await callOver(silent, 200)).toMatchObject({ fault: "timeout", answerTime: null });
    server?.close();
    const leaving = await serve(() => {
      for (const client of server?.clients ?? []) client.terminate();
      return 0;
    });
    expect(["closed", "connection_failed"]).toContain((await callOver(leaving, 500)).fault);
    server?.close();
    await expect(callOver(leaving, 500)).resolves.toMatchObject({ fault: "connection_failed", joinTime: null });
  });
});
