import { PROTOCOL_UDP } from "../../stun/constants.ts";
import { attribute, request } from "../../stun/message.ts";
import { StunClient } from "../../stun/stun-client.ts";
import { StunError } from "../../stun/stun-error.ts";
import { connectUdp } from "../../stun/udp-transport.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

type Challenging = ObserverOperations["challenge-sources"];

const AT_ONCE = 100;

/** Sends one bare Allocate from each of many ports, and forgets about it once it was challenged. */
export async function challengeSources(
  command: Challenging["command"],
  localAddress: string,
): Promise<Challenging["result"]> {
  const { sources, timeoutMs, ...target } = command;
  let challenged = 0;
  const ask = async () => {
    await using client = new StunClient(await connectUdp(target, { localAddress }));
    try {
      const bare = request("Allocate", [{ name: "REQUESTED-TRANSPORT", value: PROTOCOL_UDP }]);
      const answer = await client.request(bare, { timeoutMs });
      if (attribute(answer, "ERROR-CODE")?.number === 401) challenged += 1;
    } catch (error) {
      if (!(error instanceof StunError)) throw error;
    }
  };
  for (let left = sources; left > 0; left -= AT_ONCE) {
    const before = challenged;
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, ask));
    // Who limits the rate of its challenges has said so, and need not be asked for the rest.
    if (challenged === before) break;
  }
  return { challenged };
}
