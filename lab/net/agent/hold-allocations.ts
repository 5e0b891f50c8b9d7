import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../../probe/turn-questions.ts";
import { connect } from "../../stun/connect.ts";
import { StunError } from "../../stun/stun-error.ts";
import { TurnClient } from "../../stun/turn-client.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

type Credential = { username: string; password: string };
type Holding = ObserverOperations["hold-allocations"];

/** Side by side: a server answers thousands in a second, and one that is asked for all at once drops what its socket cannot hold. */
const AT_ONCE = 50;

/**
 * Allocates once for each credential, each over a 5-tuple of its own, holds all that it gets until all have been asked for, and
 * gives them back. Stops to ask after `mostRefused` refusals.
 */
export async function holdAllocations(command: Holding["command"]): Promise<Holding["result"]> {
  const { credentials, mostRefused, other, timeoutMs, holdMs = 0, ...target } = command;
  const held: TurnClient[] = [];
  const outcomes: Outcome[] = [];
  const waiting = [...credentials];
  const startedAt = performance.now();
  const allocate = async (credential: Credential, isAgain = false): Promise<Outcome> => {
    try {
      const turn = new TurnClient(await connect(target, { timeoutMs }), credential, { timeoutMs });
      held.push(turn);
      await turn.allocate();
      return "success";
    } catch (error) {
      if (!(error instanceof StunError)) throw error;
      const outcome = error.response?.number ?? "none";
      // The kernel gave us a port of an allocation that the server has not let go yet.
      return outcome === 437 && !isAgain ? allocate(credential, true) : outcome;
    }
  };
  try {
    while (waiting.length > 0 && refusedIn(outcomes) < mostRefused) {
      outcomes.push(...(await Promise.all(waiting.splice(0, AT_ONCE).map((credential) => allocate(credential)))));
    }
    const durationMs = performance.now() - startedAt;
    const last = other ? await allocate(other) : null;
    if (holdMs > 0) await sleep(holdMs);
    return { outcomes, other: last, durationMs };
  } finally {
    await Promise.all(held.map((turn) => turn.close()));
  }
}

const refusedIn = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => outcome !== "success").length;
