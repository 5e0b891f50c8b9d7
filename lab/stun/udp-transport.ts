import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { StunError } from "./stun-error.ts";
import type { Transport } from "./transport.ts";
import type { TransportAddress } from "./transport-address.ts";
import { formatTransportAddress } from "./transport-address.ts";

/**
 * A connected UDP socket: the kernel drops what others send, and an ICMP error breaks it with
 * `connection_failed` (RFC 8489 section 6.2.1).
 */
export async function connectUdp(
  server: TransportAddress,
  options: { localAddress?: string; localPort?: number } = {},
): Promise<Transport> {
  const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
  const where = `UDP ${formatTransportAddress(server)}`;
  const failed = (cause: Error) => new StunError("connection_failed", `${where}: ${cause.message}`, { cause });
  try {
    socket.bind(options.localPort ?? 0, options.localAddress);
    await once(socket, "listening");
    socket.connect(server.port, server.address);
    await once(socket, "connect");
  } catch (error) {
    socket.close();
    throw failed(error as Error);
  }
  const { address, port } = socket.address();
  let onBroken: ((error: StunError) => void) | null = null;
  let isClosed = false;
  const breakWith = (error: Error) => {
    if (!isClosed) onBroken?.(failed(error));
    onBroken = null;
  };
  socket.on("error", breakWith);
  return {
    kind: "udp",
    local: { address, port },
    remote: { address: server.address, port: server.port },
    send: (bytes) => {
      if (!isClosed) socket.send(bytes, (error) => error && breakWith(error));
    },
    onFrame: (handler) => void socket.on("message", handler),
    onBroken: (handler) => {
      onBroken = handler;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
