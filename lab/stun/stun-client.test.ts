import type { Socket as UdpSocket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { longTermKey } from "./integrity.ts";
import type { StunMessage } from "./message.ts";
import { attribute, decode, encode, request, response } from "./message.ts";
import { StunClient } from "./stun-client.ts";
import type { TransportAddress } from "./transport-address.ts";

const KEY = longTermKey("user", "realm", "password");
const LOOPBACK = { transport: "udp", address: "127.0.0.1" } as const;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
});

/** A UDP server that answers each request with what `answer` returns, if anything. */
async function udpServer(answer: (message: StunMessage, from: TransportAddress, count: number) => Buffer[]) {
  const socket: UdpSocket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  open.push(socket);
  const arrivals: { id: string; atMs: number }[] = [];
  socket.on("message", (bytes, from) => {
    const message = decode(bytes);
    if ("error" in message) throw new Error(message.error);
    arrivals.push({ id: message.transactionId.toString("hex"), atMs: performance.now() });
    for (const reply of answer(message, from, arrivals.length)) socket.send(reply, from.port, from.address);
  });
  return { port: socket.address().port, arrivals };
}

async function clientTo(port: number): Promise<StunClient> {
  const client = new StunClient(await connect({ ...LOOPBACK, port }, { timeoutMs: 500 }));
  open.push(client);
  return client;
}

const success = (message: StunMessage, from: TransportAddress, key?: Buffer) =>
  encode(
    response(message, "success", [{ name: "XOR-MAPPED-ADDRESS", value: { address: from.address, port: from.port } }]),
    { key, fingerprint: true },
  );

describe("StunClient over UDP", () => {
  it("gets its own address back", async () => {
    const { port } = await udpServer((message, from) => [success(message, from)]);
    const client = await clientTo(port);
    const answer = await client.request(request("Binding"));
    expect(attribute(answer, "XOR-MAPPED-ADDRESS")).toEqual(client.transport.local);
    expect(answer.isAuthenticated).toBe(false);
    expect(answer.durationMs).toBeGreaterThan(0);
  });

  it("retransmits the same transaction at RTO, 3 RTO and 7 RTO until it is answered", async () => {
    const { port, arrivals } = await udpServer((message, from, count) => (count === 4 ? [success(message, from)] : []));
    await (await clientTo(port)).request(request("Binding"), { rtoMs: 20 });
    expect(new Set(arrivals.map((a) => a.id)).size).toBe(1);
    const sinceFirstMs = arrivals.map((a) => a.atMs - (arrivals[0]?.atMs ?? 0));
    for (const [index, expectedMs] of [0, 20, 60, 140].entries()) {
      // Timers are never early but for their rounding to a millisecond; how late they are is the machine's business.
      expect(sinceFirstMs[index]).toBeGreaterThanOrEqual(expectedMs - 5);
    }
  });

  it("gives up after 7 transmissions and 79 RTO", async () => {
    const { port, arrivals } = await udpServer(() => []);
    const asked = (await clientTo(port)).request(request("Binding"), { rtoMs: 2 });
    await expect(asked).rejects.toMatchObject({ name: "StunError", code: "timeout" });
    expect(arrivals.length).toBe(7);
  });

  it("gives up at timeoutMs when that is earlier", async () => {
    const { port } = await udpServer(() => []);
    const asked = (await clientTo(port)).request(request("Binding"), { timeoutMs: 30 });
    await expect(asked).rejects.toMatchObject({ code: "timeout", message: expect.stringContaining("within 30 ms") });
  });

  it("accepts a response that carries the right MESSAGE-INTEGRITY", async () => {
    const { port } = await udpServer((message, from) => [success(message, from, KEY)]);
    const answer = await (await clientTo(port)).request(request("Refresh"), { key: KEY });
    expect(answer.isAuthenticated).toBe(true);
  });

  it("passes over forged and unsigned responses and takes the true one", async () => {
    const forger = longTermKey("user", "realm", "guess");
    const { port } = await udpServer((message, from) => [
      success(message, from),
      success(message, from, forger),
      success(message, from, KEY),
    ]);
    expect((await (await clientTo(port)).request(request("Refresh"), { key: KEY })).isAuthenticated).toBe(true);
  });

  it("says so when only unauthenticated responses came", async () => {
    const { port } = await udpServer((message, from) => [success(message, from)]);
    const asked = (await clientTo(port)).request(request("Refresh"), { key: KEY, timeoutMs: 50 });
    await expect(asked).rejects.toMatchObject({ code: "unauthenticated_response" });
  });

  it("lets an unsigned error through, marked", async () => {
    const refusal = { name: "ERROR-CODE", value: { number: 401, reason: "" } } as const;
    const { port } = await udpServer((message) => [encode(response(message, "error", [refusal]))]);
    const answer = await (await clientTo(port)).request(request("Refresh"), { key: KEY });
    expect(attribute(answer, "ERROR-CODE")).toEqual(refusal.value);
    expect(answer.isAuthenticated).toBe(false);
  });

  it("fails at once when nothing listens", async () => {
    const { port } = await udpServer(() => []);
    await (open.pop() as UdpSocket).close();
    const asked = (await clientTo(port)).request(request("Binding"));
    await expect(asked).rejects.toMatchObject({ code: "connection_failed" });
  });

  it("ignores junk and answers to nobody", async () => {
    const { port } = await udpServer((message, from) => [
      Buffer.from("junk"),
      success(request("Binding"), from),
      success(message, from),
    ]);
    await expect((await clientTo(port)).request(request("Binding"))).resolves.toMatchObject({ class: "success" });
  });
});

describe("StunClient over TCP", () => {
  async function tcpServer(answer: (chunk: Buffer) => Buffer[] | "end"): Promise<number> {
    const server: Server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        const replies = answer(chunk);
        if (replies === "end") socket.end();
        else for (const reply of replies) socket.write(reply);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push(server);
    return (server.address() as AddressInfo).port;
  }
  const tcpClient = async (port: number) => {
    const client = new StunClient(await connect({ address: "127.0.0.1", port, transport: "tcp" }, { timeoutMs: 500 }));
    open.unshift(client);
    return client;
  };

  it("sends once and reads an answer that comes in pieces", async () => {
    let chunks = 0;
    const port = await tcpServer((chunk) => {
      chunks += 1;
      const message = decode(chunk);
      if ("error" in message) return [];
      const reply = success(message, { address: "127.0.0.1", port: 1 });
      return [reply.subarray(0, 3), reply.subarray(3)];
    });
    const answer = await (await tcpClient(port)).request(request("Binding"), { rtoMs: 1 });
    expect(attribute(answer, "XOR-MAPPED-ADDRESS")).toEqual({ address: "127.0.0.1", port: 1 });
    expect(chunks).toBe(1);
  });

  it("fails at once when the server closes, and ever after", async () => {
    const client = await tcpClient(await tcpServer(() => "end"));
    await expect(client.request(request("Binding"))).rejects.toMatchObject({ code: "closed" });
    await expect(client.request(request("Binding"))).rejects.toMatchObject({ code: "closed" });
  });

  it("fails at once when the server speaks something else", async () => {
    const client = await tcpClient(await tcpServer(() => [Buffer.from("SSH-2.0-x")]));
    await expect(client.request(request("Binding"))).rejects.toMatchObject({ code: "not_stun" });
  });

  it("fails to connect where nothing listens", async () => {
    const port = await tcpServer(() => []);
    await new Promise((resolve) => (open.shift() as Server).close(resolve));
    await expect(tcpClient(port)).rejects.toMatchObject({ code: "connection_failed" });
  });
});
