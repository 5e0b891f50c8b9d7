/**
 * The outer end of an uplink: the one process of a lab that stands in the network of the engine's machine. It opens one
 * socket for each flow, to the address and the ports that its argument names, and listens on nothing but a Unix socket of the
 * fabric's own. Ends when stdin does. See uplink-protocol.ts.
 */
import { createSocket } from "node:dgram";
import { unlinkSync } from "node:fs";
import net from "node:net";
import { serveJsonLines } from "./json-lines.ts";
import { UPLINK_LIMITS, UplinkFlows } from "./uplink-flows.ts";
import { encodeFrame, FrameReader, type UplinkFrame } from "./uplink-frames.ts";
import type { UplinkOuterOperations, UplinkOuterSettings } from "./uplink-protocol.ts";

/** How much of a flow may wait for the server, or of all flows for the lab, before it is too much. */
const MAX_WAITING_BYTES = 4 << 20;
/** A server that does not answer SYN would otherwise hold a flow for two minutes. */
const CONNECT_TIMEOUT_MS = 10_000;
const SWEEP_MS = 1_000;

/** One flow's socket. */
type Leg = { send(bytes: Buffer): void; end(): void; destroy(): void };

const { socket: path, address, ports } = JSON.parse(process.argv[2] ?? "") as UplinkOuterSettings;
const now = () => performance.now();
const flows = new UplinkFlows(ports, UPLINK_LIMITS, now());
const legs = new Map<number, Leg>();
let inner: net.Socket | null = null;
let lastError: string | null = null;

const tell = (frame: UplinkFrame) => void inner?.write(encodeFrame(frame));

function close(flow: number): void {
  legs.get(flow)?.destroy();
  legs.delete(flow);
  flows.close(flow);
}

/** Ends a flow from this side. */
function drop(flow: number, error?: Error): void {
  if (error) lastError = error.message;
  if (!legs.has(flow)) return;
  close(flow);
  tell({ kind: "close", flow });
}

function receive(frame: UplinkFrame): void {
  const { kind, flow } = frame;
  if (kind === "open") {
    const over = flows.toMakeRoom(now());
    if (over !== null) drop(over);
    if (!flows.open(flow, frame, now())) return tell({ kind: "close", flow });
    legs.set(flow, frame.protocol === "udp" ? openUdp(flow, frame.port) : openTcp(flow, frame.port));
  } else if (kind === "data") {
    const leg = legs.get(flow);
    if (!leg) return;
    flows.pass(flow, "out", frame.bytes.length, now());
    leg.send(frame.bytes);
  } else if (kind === "end") legs.get(flow)?.end();
  else close(flow);
}

/**
 * Takes datagrams from that address and port alone. The socket is not connected: of relays that try this port, because the
 * server saw a peer at it, the kernel would then tell the server with an ICMP error, where a NAT is silent.
 */
function openUdp(flow: number, port: number): Leg {
  const socket = createSocket("udp4");
  const note = (error: Error | null) => {
    if (error) lastError = error.message;
  };
  socket.on("error", note);
  socket.on("message", (bytes, from) => {
    if (from.address !== address || from.port !== port) return;
    // As a full queue on the way would.
    if ((inner?.writableLength ?? 0) > MAX_WAITING_BYTES) return;
    flows.pass(flow, "in", bytes.length, now());
    tell({ kind: "data", flow, bytes });
  });
  return {
    send: (bytes) => socket.send(bytes, port, address, note),
    end: () => {},
    destroy: () => socket.close(),
  };
}

function openTcp(flow: number, port: number): Leg {
  const socket = net.connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  const impatience = setTimeout(
    () => socket.destroy(new Error(`no TCP connection to ${address}:${port}`)),
    CONNECT_TIMEOUT_MS,
  );
  let isAnswered = false;
  socket.on("connect", () => clearTimeout(impatience));
  socket.on("data", (bytes) => {
    isAnswered = true;
    flows.pass(flow, "in", bytes.length, now());
    tell({ kind: "data", flow, bytes });
    if ((inner?.writableLength ?? 0) > MAX_WAITING_BYTES) socket.pause();
  });
  socket.on("end", () => tell({ kind: "end", flow }));
  // A reset is how many a server ends a connection that was in use; one that never was is worth telling.
  socket.on("error", (error) => drop(flow, isAnswered ? undefined : error));
  socket.on("close", () => {
    clearTimeout(impatience);
    inner?.off("drain", goOn);
    drop(flow);
  });
  const goOn = () => socket.resume();
  inner?.on("drain", goOn);
  return {
    send: (bytes) => {
      if (socket.writableLength > MAX_WAITING_BYTES) return drop(flow, new Error(`${address}:${port} takes no more`));
      socket.write(bytes);
    },
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  };
}

const { promise: waiting, resolve: onWaiting } = Promise.withResolvers<void>();
const server = net.createServer((socket) => {
  // One inner end, and never another.
  server.close();
  inner = socket;
  const reader = new FrameReader();
  socket.setMaxListeners(0);
  socket.on("data", (chunk) => {
    for (const frame of reader.read(chunk)) receive(frame);
  });
  socket.on("error", () => {});
  socket.on("close", () => process.exit(0));
});
server.maxConnections = 1;
server.listen(path, onWaiting);
setInterval(() => {
  for (const flow of flows.expired(now())) drop(flow);
}, SWEEP_MS);

await serveJsonLines<UplinkOuterOperations>(
  {
    ready: async () => {
      await waiting;
      return {};
    },
    count: async () => ({ ports: flows.traffic(), open: flows.openCount, lastError }),
  },
  process.stdin,
  process.stdout,
);
try {
  unlinkSync(path);
} catch {
  // Taken away when the inner end came.
}
process.exit(0);
