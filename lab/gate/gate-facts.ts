import type { EventOf, RunEvent, SessionFinished } from "../model/events.ts";
import { eventsOf } from "../model/events-of.ts";
import { GATE_SIDES, type GateCall, type GateFacts, type GateSide, type GateSideFacts } from "../model/gate.ts";
import { CONTROL, undisturbed } from "./controls.ts";

/** The table that cells of a gate stand in, in the events of its calls. */
export const GATE_TABLE = "gate";

/** The facts of a gate out of the events of its log; null where it is no gate's. Pure. */
export function gateFacts(events: readonly RunEvent[]): GateFacts | null {
  const [started] = eventsOf(events, "gate_started");
  const [run] = eventsOf(events, "run_started");
  if (!started || !run) return null;
  const [finished] = eventsOf(events, "gate_finished");
  const sides = GATE_SIDES.flatMap((side) => {
    const facts = sideFacts(side, started, events);
    return facts ? [[side, facts] as const] : [];
  });
  const disturbed = sides.flatMap(([side, facts]) => facts.disturbed.map((round) => ({ side, round })));
  const counts = (one: { side: GateSide; round: number }) =>
    !disturbed.some(({ side, round }) => side === one.side && round === one.round);
  const measured = eventsOf(events, "gate_round_measured").map(({ type: _, at: __, ...round }) => round);
  return {
    runId: run.runId,
    startedAt: run.at,
    durationMs: finished?.durationMs ?? null,
    harness: run.harness,
    strict: started.strict,
    leftOut: started.leftOut ?? [],
    profile: started.profile,
    cells: started.cells,
    sides: Object.fromEntries(sides),
    rounds: measured.filter(counts),
    // A log without its end: whoever wrote it was killed.
    end: finished?.end ?? "interrupted",
    reason: finished?.reason ?? null,
    layerMs: finished?.layerMs ?? {},
    notes: [...new Set(eventsOf(events, "gate_note").map(({ text }) => text)), ...describeDisturbed(disturbed)],
  };
}

function describeDisturbed(turns: readonly { side: GateSide; round: number }[]): string[] {
  if (turns.length === 0) return [];
  const named = turns.map(({ side, round }) => `round ${round} of the ${side}`).join(", ");
  return [
    `not counted: ${named}. Calls that need nothing of the server failed there as well: this machine had no time for them. Give it to the gate alone`,
  ];
}

type OfSide = Extract<RunEvent, { side: GateSide }>;

function sideFacts(
  side: GateSide,
  { sides, profile }: EventOf<"gate_started">,
  events: readonly RunEvent[],
): GateSideFacts | null {
  const named = sides[side];
  if (!named) return null;
  const { lines, shown: _, ...server } = named;
  const of = <T extends OfSide["type"]>(type: T) =>
    events.filter(
      (event): event is EventOf<T> & OfSide => event.type === type && "side" in event && event.side === side,
    );
  const startedAt = new Map(
    eventsOf(events, "session_started").flatMap(({ scenario, session, at }) =>
      scenario === side ? [[session, at] as const] : [],
    ),
  );
  const calls = eventsOf(events, "session_finished")
    .filter(({ scenario, cell }) => scenario === side && cell?.table === GATE_TABLE)
    // As they began, of which no outcome has a say: calls that fail end last.
    .toSorted((a, b) => a.session - b.session)
    .map((session) => gateCall(session, session.at - (startedAt.get(session.session) ?? session.at)));
  const [up] = of("gate_server_up");
  const [failed] = of("gate_server_failed");
  return {
    server: up?.server ?? server,
    checks: of("gate_checked").flatMap(({ findings }) => findings),
    start: failed ? { isUp: false, reason: failed.reason, code: failed.code } : up ? { isUp: true } : null,
    probes: of("gate_probed").flatMap(({ results }) => results),
    memoryPerAllocation: of("gate_memory_measured").flatMap(({ bytesPerAllocation }) => bytesPerAllocation),
    ...undisturbed(calls, profile.limits.connectTimeMs),
    lines,
  };
}

/**
 * A finished session of a gate, as it counts. `elapsedMs`: what it took by the harness's clock; a peer's own stands still with it, so
 * that a control counts by that one.
 */
export function gateCall(
  { cell, outcome, dropped, violations, timings, failure, diagnosis }: SessionFinished,
  elapsedMs: number,
): GateCall {
  return {
    cell: cell?.row ?? "",
    round: Number(cell?.column),
    connectTimeMs:
      timings.connect_time !== null && cell?.row === CONTROL.id
        ? Math.max(elapsedMs, timings.connect_time)
        : timings.connect_time,
    isGood: outcome === "connected" && !dropped && violations.length === 0,
    failure: failure?.code ?? null,
    cause: diagnosis?.code ?? null,
    message: diagnosis?.summary ?? violations[0]?.message ?? failure?.message ?? null,
  };
}
