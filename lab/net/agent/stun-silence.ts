import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encode, request } from "../../stun/message.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { formatTransportAddress } from "../../stun/transport-address.ts";
import { connectUdp } from "../../stun/udp-transport.ts";
import { AgentError } from "./agent-error.ts";

const SPACING_MS = 50;

/**
 * Asks for so long and resolves when nothing at all came back: no answer, and no refusal either (ICMP error, TCP reset),
 * which a firewall that drops does not give. Rejects with an AgentError that says what came.
 */
export async function expectSilence(
  target: TransportAddress & { transport: "udp" | "tcp" },
  durationMs: number,
): Promise<void> {
  const came = target.transport === "udp" ? await overUdp(target, durationMs) : await overTcp(target, durationMs);
  if (came === null) return;
  const where = `${target.transport.toUpperCase()} ${formatTransportAddress(target)}`;
  throw new AgentError("not_silent", `${where}: expected silence for ${durationMs} ms, found ${came}`);
}

async function overUdp(target: TransportAddress, durationMs: number): Promise<string | null> {
  const transport = await connectUdp(target);
  const { promise: came, resolve } = Promise.withResolvers<string>();
  transport.onFrame(() => resolve("an answer"));
  transport.onBroken((error) => resolve(error.message));
  const bytes = encode(request("Binding"));
  const timer = setInterval(() => transport.send(bytes), SPACING_MS);
  transport.send(bytes);
  try {
    return await Promise.race([came, sleep(durationMs, null)]);
  } finally {
    clearInterval(timer);
    await transport.close();
  }
}

async function overTcp({ address, port }: TransportAddress, durationMs: number): Promise<string | null> {
  const socket = net.connect({ host: address, port });
  const came = once(socket, "connect").then(
    () => "a connection",
    (error: Error) => error.message,
  );
  try {
    return await Promise.race([came, sleep(durationMs, null)]);
  } finally {
    socket.destroy();
  }
}
