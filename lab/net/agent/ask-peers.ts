import { connect } from "../../stun/connect.ts";
import { FIRST_CHANNEL } from "../../stun/constants.ts";
import { StunError } from "../../stun/stun-error.ts";
import { TurnClient } from "../../stun/turn-client.ts";
import type { AskedPeer, ObserverOperations, Outcome } from "./probe-protocol.ts";

type Asking = ObserverOperations["ask-peers"];

/**
 * Asks one allocation for each peer, all side by side, and sends each its token, permitted or not: a server that drops what it
 * has refused is known by what does not arrive. What was sent has been looked at when the answer comes.
 */
export async function askPeers(command: Asking["command"]): Promise<Asking["result"]> {
  const { username, password, method, addressFamily, peers, timeoutMs } = command;
  let turn: TurnClient | null = null;
  try {
    turn = new TurnClient(await connect(command, { timeoutMs }), { username, password }, { timeoutMs });
    const { relayed } = await turn.allocate(addressFamily ? { addressFamily } : {});
    const asked = turn;
    const answers = await Promise.all(
      peers.map(async (peer, index) => {
        const outcome = await outcomeOf(
          method === "CreatePermission"
            ? asked.createPermission([peer.address])
            : asked.channelBind(peer, FIRST_CHANNEL + index),
        );
        sendToken(asked, peer);
        return outcome;
      }),
    );
    // Answered behind all that was sent: from one socket to one socket nothing overtakes.
    await outcomeOf(asked.refresh());
    return { allocated: "success", relayed, answers };
  } catch (error) {
    return { allocated: outcomeIn(error), relayed: null, answers: peers.map(() => "none") };
  } finally {
    await turn?.close();
  }
}

function sendToken(turn: TurnClient, { address, port, token }: AskedPeer): void {
  turn.send({ address, port }, Buffer.from(token, "hex"));
}

async function outcomeOf(asked: Promise<unknown>): Promise<Outcome> {
  try {
    await asked;
    return "success";
  } catch (error) {
    return outcomeIn(error);
  }
}

/** A refusal's number; `none`: no answer, or none that counts. */
export function outcomeIn(error: unknown): Outcome {
  if (!(error instanceof StunError)) throw error;
  return error.response?.number ?? "none";
}
