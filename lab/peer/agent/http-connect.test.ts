import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { StreamTransport } from "./stream-transport.ts";

/** What a proxy saw of each CONNECT, in order. */
type Seen = { url: string | undefined; host: string | undefined }[];

/** A real HTTP server on loopback that answers CONNECT as the test says. */
async function startProxy(answer: (socket: net.Socket) => void): Promise<{ port: number; seen: Seen }> {
  const seen: Seen = [];
  const server = http.createServer();
  server.on("connect", ({ url, headers }, socket) => {
    seen.push({ url, host: headers.host });
    socket.on("error", () => {});
    answer(socket as net.Socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: (server.address() as net.AddressInfo).port, seen };
}

/** A server that speaks whatever it likes on its port. */
async function startRaw(answer: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

const server = { host: "turn.lab.test", port: 443 };

function open(port: number, { to = server, signal = AbortSignal.timeout(2_000), phases = [] as string[] } = {}) {
  const hop = { address: ["127.0.0.1", port] as const, isProxy: true };
  return StreamTransport.open("tcp", hop, to, signal, (phase) => void phases.push(phase));
}

describe("StreamTransport through an HTTP proxy", () => {
  it("asks for a tunnel by name, and then is the server's connection in both directions", async () => {
    const { port, seen } = await startProxy((socket) => {
      socket.write("HTTP/1.1 200 Connection established\r\nProxy-agent: test\r\n\r\n");
      socket.on("data", (data) => socket.write(data.toString().toUpperCase()));
    });
    const phases: string[] = [];
    const transport = await open(port, { phases });
    const { promise, resolve } = Promise.withResolvers<string>();
    transport.onData = (data) => resolve(data.toString());
    await transport.send(Buffer.from("hello"));
    expect(await promise).toBe("HELLO");
    expect(seen).toEqual([{ url: "turn.lab.test:443", host: "turn.lab.test:443" }]);
    expect(phases).toEqual(["reach-proxy", "ask-proxy"]);
    await transport.close();
  });

  it("keeps what the server said in the same packet as the proxy's answer, after an interim one", async () => {
    const { port } = await startProxy((socket) => {
      socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nfirst");
    });
    const transport = await open(port);
    const { promise, resolve } = Promise.withResolvers<string>();
    transport.onData = (data) => resolve(data.toString());
    expect(await promise).toBe("first");
    await transport.close();
  });

  it("puts the address of an IPv6 server in brackets", async () => {
    const { port, seen } = await startProxy((socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await expect(open(port, { to: { host: "2a00::1", port: 443 } })).rejects.toThrow("403");
    expect(seen[0]?.url).toBe("[2a00::1]:443");
  });

  it.each([
    ["HTTP/1.1 403 Access violation", "proxy_refused", "the proxy answered 403 Access violation"],
    ["HTTP/1.1 405", "proxy_refused", "the proxy answered 405"],
    ["HTTP/1.1 407 Proxy Authentication Required", "proxy_unauthorized", /407/],
    ["HTTP/1.1 500 Unable to connect", "proxy_failed", /500 Unable to connect/],
    ["HTTP/1.1 502 Bad Gateway", "proxy_failed", /502/],
    ["HTTP/1.1 504 Gateway Timeout", "proxy_failed", /504/],
    ["HTTP/1.1 302 Found", "proxy_failed", /302/],
  ])("names the answer %s", async (line, code, message) => {
    const { port } = await startProxy((socket) => socket.end(`${line}\r\nContent-Length: 0\r\n\r\n`));
    await expect(open(port)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ["garbage", (socket: net.Socket) => socket.write("\u0001\u0001\u0000\u0000"), "did not answer in HTTP"],
    ["another protocol", (socket: net.Socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"), "did not answer in HTTP"],
    ["a status that is none", (socket: net.Socket) => socket.write("HTTP/1.1 abc\r\n\r\n"), "did not answer in HTTP"],
    [
      "headers without an end",
      (socket: net.Socket) => socket.write(`HTTP/1.1 200 OK\r\n${"x".repeat(20_000)}`),
      "HTTP",
    ],
    ["half an answer", (socket: net.Socket) => socket.end("HTTP/1.1 200 Conn"), "without a complete answer"],
    ["nothing but the end", (socket: net.Socket) => socket.end(), "without a complete answer"],
  ])("does not take %s for a tunnel", async (_what, answer, message) => {
    const port = await startRaw(answer);
    await expect(open(port)).rejects.toMatchObject({ code: "proxy_failed", message: expect.stringContaining(message) });
  });

  it("takes an answer that comes byte by byte", async () => {
    const port = await startRaw(async (socket) => {
      socket.setNoDelay(true);
      for (const byte of "HTTP/1.1 200 OK\r\n\r\n") {
        await new Promise<void>((resolve) => socket.write(byte, () => setImmediate(resolve)));
      }
    });
    await (await open(port)).close();
  });

  it("gives up on a proxy that never answers when its time is up, and closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    const port = await startRaw((socket) => void socket.once("close", () => closed.resolve()));
    await expect(open(port, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ name: "TimeoutError" });
    await closed.promise;
  });
});
