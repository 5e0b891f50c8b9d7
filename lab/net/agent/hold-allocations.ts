import { connect } from "../../stun/connect.ts";
import { TurnClient } from "../../stun/turn-client.ts";
import { outcomeIn } from "./ask-peers.ts";
import type { ObserverOperations, Outcome } from "./probe-protocol.ts";

type Holding = ObserverOperations["hold-allocations"];

/** Side by side: a server answers thousands in a second, and one that is asked for all at once drops what its socket cannot hold. */
const AT_ONCE = 50;

/**
 * Allocates once for each credential, each over a 5-tuple of its own, holds all that it gets until all have been asked for, and
 * gives them back. Stops to ask after `mostRefused` refusals.
 */
export async function holdAllocations(command: Holding["command"]): Promise<Holding["result"]> {
  const { credentials, mostRefused, timeoutMs, ...target } = command;
  const held: TurnClient[] = [];
  const outcomes: Outcome[] = [];
  const waiting = [...credentials];
  const startedAt = performance.now();
  const allocate = async (credential: { username: string; password: string }) => {
    try {
      const turn = new TurnClient(await connect(target, { timeoutMs }), credential, { timeoutMs });
      held.push(turn);
      await turn.allocate();
      outcomes.push("success");
    } catch (error) {
      outcomes.push(outcomeIn(error));
    }
  };
  try {
    while (waiting.length > 0 && refusedIn(outcomes) < mostRefused) {
      await Promise.all(waiting.splice(0, AT_ONCE).map(allocate));
    }
    return { outcomes, durationMs: performance.now() - startedAt };
  } finally {
    await Promise.all(held.map((turn) => turn.close()));
  }
}

const refusedIn = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => outcome !== "success").length;
