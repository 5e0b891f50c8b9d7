import type { SessionFinished } from "../../lab/model/events.ts";
import type { ScenarioPlan } from "./scenario-plan.ts";

/** What went wrong in the same way in one scenario. */
export type Fault = {
  code: string;
  /** Sessions, iterations or cells; 1 of what happens once. */
  count: number;
  /** As it was told the first time. */
  message: string;
  /** Of a session's: the first that had it. */
  session: number | null;
  /** When it happened last, Unix milliseconds. */
  at: number;
};

export type FaultSeen = Pick<Fault, "code" | "message"> & { session?: number | null };

/** What was wrong with a session that has ended, by what its scenario expects. Empty: it came out as it had to. */
export function faultsOf(
  { session, outcome, dropped, failure, violations, diagnosis }: SessionFinished,
  { expectsNone, expectedFailure }: Pick<ScenarioPlan, "expectsNone" | "expectedFailure">,
): FaultSeen[] {
  const broken = violations.map(({ code, message }) => ({ code, message, session }));
  const isExpected = (expectsNone && outcome === "failed") || (dropped && failure?.code === expectedFailure);
  if (isExpected || (outcome === "connected" && !dropped)) return broken;
  const code = diagnosis?.code ?? failure?.code;
  const message = diagnosis?.summary ?? failure?.message ?? "nothing was said of why";
  const told = dropped ? ["dropped", code] : [code ?? "failed"];
  return [{ code: told.filter((word) => word !== undefined).join(": "), message, session }, ...broken];
}
