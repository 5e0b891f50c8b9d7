/**
 * The inner end of an uplink: a host on the lab's internet, in a namespace of its own, that listens where the server outside
 * does and hands each flow to the outer end. It knows no address outside. Ends when stdin does. See uplink-protocol.ts.
 */
import { createSocket, type Socket } from "node:dgram";
import net from "node:net";
import { serveJsonLines } from "./json-lines.ts";
import { encodeFrame, FrameReader, type UplinkFrame } from "./uplink-frames.ts";
import type { UplinkInnerOperations, UplinkInnerSettings } from "./uplink-protocol.ts";

/** More than this on its way out: streams wait, datagrams are lost, as where a line is full. */
const MAX_WAITING_BYTES = 4 << 20;

type Flow = { take(bytes: Buffer): void; end(): void; close(): void };

const { socket: path, ports } = JSON.parse(process.argv[2] ?? "") as UplinkInnerSettings;
const outer = net.connect(path);
const flows = new Map<number, Flow>();
let last = 0;

const tell = (frame: UplinkFrame) => void outer.write(encodeFrame(frame));
const isFull = () => outer.writableLength > MAX_WAITING_BYTES;

function begin(protocol: "udp" | "tcp", port: number, flow: Flow): number {
  last += 1;
  flows.set(last, flow);
  tell({ kind: "open", flow: last, protocol, port });
  return last;
}

function listenUdp(port: number): Promise<void> {
  const socket: Socket = createSocket("udp4");
  /** By the client's address and port. */
  const clients = new Map<string, number>();
  socket.on("message", (bytes, from) => {
    if (isFull()) return;
    const key = `${from.address} ${from.port}`;
    const known = clients.get(key);
    const flow =
      known ??
      begin("udp", port, {
        take: (answer) => socket.send(answer, from.port, from.address, () => {}),
        end: () => {},
        close: () => clients.delete(key),
      });
    if (known === undefined) clients.set(key, flow);
    tell({ kind: "data", flow, bytes });
  });
  socket.on("error", (error) => fail(error));
  return new Promise((resolve) => socket.bind(port, "0.0.0.0", resolve));
}

function listenTcp(port: number): Promise<void> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const flow = begin("tcp", port, {
      take: (bytes) => {
        if (client.writableLength > MAX_WAITING_BYTES) client.resetAndDestroy();
        else client.write(bytes);
      },
      end: () => client.end(),
      // A reset where bytes were still to come, and the end of it where all had come.
      close: () => (client.readableEnded && client.writableFinished ? client.destroy() : client.resetAndDestroy()),
    });
    client.on("data", (bytes) => {
      tell({ kind: "data", flow, bytes });
      if (isFull()) client.pause();
    });
    const goOn = () => client.resume();
    outer.on("drain", goOn);
    client.on("end", () => tell({ kind: "end", flow }));
    client.on("error", () => {});
    client.on("close", () => {
      outer.off("drain", goOn);
      if (flows.delete(flow)) tell({ kind: "close", flow });
    });
  });
  server.on("error", (error) => fail(error));
  return new Promise((resolve) => server.listen(port, "0.0.0.0", resolve));
}

function receive(frame: UplinkFrame): void {
  const flow = flows.get(frame.flow);
  if (!flow) return;
  if (frame.kind === "data") flow.take(frame.bytes);
  else if (frame.kind === "end") flow.end();
  else if (frame.kind === "close") {
    flows.delete(frame.flow);
    flow.close();
  }
}

function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}

const reader = new FrameReader();
outer.setMaxListeners(0);
outer.on("data", (chunk) => {
  for (const frame of reader.read(chunk)) receive(frame);
});
outer.on("error", (error) => fail(error));
outer.on("close", () => fail(new Error("the outer end is gone")));

const listening = Promise.all(
  ports.map(({ protocol, port }) => (protocol === "udp" ? listenUdp(port) : listenTcp(port))),
);
await serveJsonLines<UplinkInnerOperations>(
  {
    listening: async () => {
      await listening;
      return {};
    },
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
