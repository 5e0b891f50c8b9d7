import { createSocket } from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { expectSilence } from "./stun-silence.ts";

const address = "127.0.0.1";

async function udpSocket(): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket("udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

describe("expectSilence", () => {
  it("takes a socket that swallows everything for silence, and no less than the whole time", async () => {
    const socket = await udpSocket();
    onTestFinished(() => void socket.close());
    let asked = 0;
    socket.on("message", () => asked++);
    const startedAt = performance.now();
    await expectSilence({ address, port: socket.address().port, transport: "udp" }, 200);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
    expect(asked).toBeGreaterThan(1);
  });

  it("tells an answer over UDP", async () => {
    const socket = await udpSocket();
    onTestFinished(() => void socket.close());
    socket.on("message", (_data, { port }) => socket.send("no", port, address));
    const target = { address, port: socket.address().port, transport: "udp" } as const;
    await expect(expectSilence(target, 2_000)).rejects.toMatchObject({
      code: "not_silent",
      message: expect.stringContaining("found an answer"),
    });
  });

  it.each(["udp", "tcp"] as const)(
    "tells a refusal over %s, which a firewall that drops does not give",
    async (transport) => {
      const socket = await udpSocket();
      const { port } = socket.address();
      socket.close();
      await once(socket, "close");
      await expect(expectSilence({ address, port, transport }, 2_000)).rejects.toThrow(/ECONNREFUSED/);
    },
  );

  it("tells a connection", async () => {
    const server = net.createServer().listen(0, address);
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    await expect(expectSilence({ address, port, transport: "tcp" }, 2_000)).rejects.toThrow("found a connection");
  });
});
