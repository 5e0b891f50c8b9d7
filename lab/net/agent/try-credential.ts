import { connect } from "../../stun/connect.ts";
import { StunError } from "../../stun/stun-error.ts";
import { TurnClient } from "../../stun/turn-client.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

type Try = ObserverOperations["turn-try"];

/** Asks a TURN server for an allocation with this credential, and gives it back at once. */
export async function tryCredential(command: Try["command"]): Promise<Try["result"]> {
  const { username, password, keyRealm, timeoutMs } = command;
  try {
    const transport = await connect(command, { timeoutMs });
    await using turn = new TurnClient(transport, { username, password, keyRealm }, { timeoutMs });
    await turn.allocate();
    return { outcome: "success", message: "" };
  } catch (error) {
    if (!(error instanceof StunError)) throw error;
    return { outcome: error.response?.number ?? "none", message: error.message };
  }
}
