import { PROTOCOL_UDP } from "../../stun/constants.ts";
import { attribute, request } from "../../stun/message.ts";
import { StunError } from "../../stun/stun-error.ts";
import { TurnClient } from "../../stun/turn-client.ts";
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
  const ask = async (): Promise<number> => {
    // It has no credential: what it allocates all the same, it gives back.
    const nobody = { username: "", password: "" };
    await using turn = new TurnClient(await connectUdp(target, { localAddress }), nobody, { timeoutMs });
    const transport = { name: "REQUESTED-TRANSPORT", value: PROTOCOL_UDP } as const;
    try {
      const answer = await turn.stun.request(request("Allocate", [transport]), { timeoutMs });
      if (answer.class === "success") await turn.refresh(0);
      return attribute(answer, "ERROR-CODE")?.number === 401 ? 1 : 0;
    } catch (error) {
      if (!(error instanceof StunError)) throw error;
      return 0;
    }
  };
  // The first alone: an open relay would give each of them an allocation.
  let challenged = await ask();
  let isAnswering = challenged > 0;
  for (let left = sources - 1; left > 0 && isAnswering; left -= AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, ask));
    const more = answers.reduce((sum, one) => sum + one, 0);
    challenged += more;
    // Who limits the rate of its challenges has said so, and need not be asked for the rest.
    isAnswering = more > 0;
  }
  return { challenged };
}
