import { setTimeout as sleep } from "node:timers/promises";
import { BindingSocket } from "../../stun/binding-socket.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";

/** Whether a Binding request from one of this host's IPv4 addresses is answered within `ms`. */
export async function isAnsweredOverIpv4(from: string, to: TransportAddress, ms: number): Promise<boolean> {
  await using socket = await BindingSocket.open(from);
  return (await socket.ask(to, { copies: 4, until: sleep(ms) })) !== null;
}
