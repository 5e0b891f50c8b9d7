import { connectStream } from "./stream-transport.ts";
import type { ServerTarget, Transport } from "./transport.ts";
import { connectUdp } from "./udp-transport.ts";

/** Connects over the target's transport. Rejects with a StunError; `timeoutMs` bounds TCP and TLS. */
export function connect(target: ServerTarget, options: { timeoutMs: number }): Promise<Transport> {
  return target.transport === "udp" ? connectUdp(target) : connectStream(target, options);
}
