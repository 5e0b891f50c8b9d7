import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { AgentError } from "./agent-error.ts";
import { serveJsonLines } from "./json-lines.ts";
import type { PeerListenerOperations } from "./probe-protocol.ts";

/**
 * Takes what comes to one port at any address of its namespace, UDP and TCP, and says nothing: whatever a relay was made to
 * send there is proven by having come. Ends when stdin does.
 */

/** More than a token has. */
const TOKEN_BYTES = 64;
/** As many as anybody asks for, several times over. */
const MOST = 10_000;

const received = new Set<string>();
const keep = (bytes: Buffer) => {
  if (received.size < MOST) received.add(bytes.subarray(0, TOKEN_BYTES).toString("latin1"));
};

/** A socket for each family: what comes to IPv4 multicast groups reaches only an IPv4 socket. */
async function listen(port: number): Promise<void> {
  const families = [
    ["udp4", "0.0.0.0"],
    ["udp6", "::"],
  ] as const;
  for (const [type, address] of families) {
    const udp = createSocket({ type, ipv6Only: type === "udp6" });
    udp.on("message", keep);
    udp.bind(port, address);
    await once(udp, "listening");
    udp.on("error", () => {});
    const tcp = createServer((connection) => {
      connection.on("error", () => connection.destroy());
      connection.once("data", keep);
    });
    tcp.listen({ port, host: address, ipv6Only: true });
    await once(tcp, "listening");
    tcp.on("error", () => {});
  }
}

await serveJsonLines<PeerListenerOperations>(
  {
    listen: async ({ port }) => {
      try {
        await listen(port);
      } catch (cause) {
        throw new AgentError("bind_failed", (cause as Error).message, { cause });
      }
      return {};
    },
    received: async () => ({ texts: [...received] }),
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
