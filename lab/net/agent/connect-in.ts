import { connect } from "node:net";
import type { TransportAddress } from "../../stun/transport-address.ts";

type Outcome = "connected" | "refused" | "silent";

/** A connection is the one's to end who was reached: on a stalled machine it may still be waiting to be accepted. */
const KEPT_MS = 30_000;

/** Connects to `to` from a port nobody knows of each address, `copies` times, and waits `ms` for what comes of it. */
export async function connectIn(
  addresses: readonly string[],
  { to, copies, ms }: { to: TransportAddress; copies: number; ms: number },
): Promise<{ connected: number; refused: number }> {
  const attempt = async (localAddress: string): Promise<Outcome> => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const socket = connect({ host: to.address, port: to.port, localAddress });
    socket.once("connect", () => {
      resolve("connected");
      socket.setTimeout(KEPT_MS, () => socket.resetAndDestroy());
    });
    // What breaks later, or on this side, is no answer to the handshake.
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED" ? "refused" : "silent"));
    setTimeout(() => {
      resolve("silent");
      if (socket.connecting) socket.destroy();
    }, ms);
    return promise;
  };
  const attempts = addresses.flatMap((address) => Array.from({ length: copies }, () => attempt(address)));
  const outcomes = await Promise.all(attempts);
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  return { connected: count("connected"), refused: count("refused") };
}
