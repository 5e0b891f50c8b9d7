import { setTimeout as sleep } from "node:timers/promises";
import { CONTROL, withControls } from "../gate/controls.ts";
import { areLoadsOpen } from "../gate/differences.ts";
import { FIRST_LOADS } from "../gate/load-looks.ts";
import { BaselineError } from "../lab-error.ts";
import type { RunEvent, SessionFinished } from "../model/events.ts";
import { FAILURES, type FailureCode } from "../model/failure.ts";
import type { GateCell, GateEnd, GateRound, GateSide } from "../model/gate.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import { CallsSoFar } from "./calls-so-far.ts";
import { LOAD_CELL, makeLoad, measuredCalls } from "./gate-load.ts";
import { endOf, nextTurn, orderOf, plannedLoads, wantsLoad } from "./gate-rounds.ts";
import type { StartedSide } from "./gate-side.ts";

/** Calls that set out side by side, for each core: more at once slow each other down (README.md). */
const CALLS_PER_CORE = 8;
/** Whoever has not connected by then mostly waits, and costs nobody anything. */
const BUSY_MS = 1_500;
/** A stretch that is long enough to say what a server spends idle; before its first turn there is none. */
const MIN_IDLE_MS = 1_000;

export type GateCallsInput = {
  sides: Partial<Record<GateSide, StartedSide>> & { candidate: StartedSide };
  profile: GateProfile;
  /** Those of the matrix, and the load's. */
  cells: readonly GateCell[];
  cpus: number;
  /** By `performance.now()`. */
  startedAt: number;
  isFlipped: boolean;
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
};

/**
 * Calls of all cells, on both sides in alternating turns, until each cell is decided, one has failed for certain, or the budget
 * has ended. @throws BaselineError where no call of the baseline works
 */
export async function makeGateCalls(input: GateCallsInput): Promise<Exclude<GateEnd, "broke" | "bad_baseline">> {
  const { sides, profile, cells, cpus, startedAt, isFlipped, signal, emit } = input;
  const { limits } = profile;
  const load = cells.find(({ id }) => id === LOAD_CELL);
  const calls = new CallsSoFar(cells, profile, sides.baseline !== undefined);
  const deadline = AbortSignal.timeout(Math.max(1, Math.round(startedAt + limits.budgetMs - performance.now())));
  const until = AbortSignal.any([signal, deadline]);
  const causes = new Causes();
  const count = (side: GateSide, session: SessionFinished | null, elapsedMs: number) => {
    if (side === "baseline" && session && session.cell?.row !== CONTROL.id) causes.add(session);
    if (session) calls.add(side, session, elapsedMs);
  };
  const byId = new Map([...cells, CONTROL].map((cell) => [cell.id, cell]));
  const rounds: GateRound[] = [];
  let loads = { made: 0, planned: load ? FIRST_LOADS : 0 };
  const loaded = new Set<GateSide>();
  let isBaselineSeen = false;
  /** When each server was last told to do something. */
  const idleSince: Partial<Record<GateSide, number>> = {};
  for (const { side, server } of Object.values(sides)) idleSince[side] = await server.mark();

  const takeTurn = async (side: StartedSide, round: number) => {
    const idleShare = await idleShareOf(side, idleSince[side.side] ?? 0);
    // A call without the others at once says nothing of what they do to it.
    const matrix = calls.standings().filter(({ cell }) => cell !== load?.id);
    const planned = withControls(nextTurn(matrix, side.side, round));
    const call = async (id: string, index: number) => {
      const cell = byId.get(id);
      if (!cell) return;
      const since = performance.now();
      const session = await side.call(cell, { round, vu: index + 1, iteration: round }, signal);
      count(side.side, session, performance.now() - since);
    };
    await atOnce(planned, CALLS_PER_CORE * cpus, until, call);
    if (load && wantsLoad(side.side, calls.standings(), { cell: load.id, ...loads })) {
      const { bitsPerSecond } = profile;
      const given = { round, calls: measuredCalls(profile), bitsPerSecond, idleShare };
      const [made] = await Promise.all([makeLoad(side, load, given, signal), call(CONTROL.id, planned.length)]);
      for (const session of made?.finished ?? []) count(side.side, session, 0);
      if (made) emit({ type: "gate_round_measured", at: Date.now(), ...made.measured });
      if (made && !calls.isDisturbed(side.side, round)) {
        rounds.push(made.measured);
        loaded.add(side.side);
      }
    }
    idleSince[side.side] = await side.server.mark();
  };

  for (let round = 1; ; round++) {
    loaded.clear();
    const roundAt = performance.now();
    const turns = orderOf(round, isFlipped, calls.standings()).flatMap((side) => sides[side] ?? []);
    for (const side of turns) {
      if (!until.aborted) await takeTurn(side, round);
    }
    if (loaded.size === turns.length) loads = { ...loads, made: loads.made + 1 };
    if (signal.aborted) return "interrupted";
    const now = calls.standings();
    const ofBaseline = now.flatMap(({ baseline }) => baseline ?? []);
    isBaselineSeen ||= ofBaseline.includes(true);
    if (!isBaselineSeen && ofBaseline.length > 0)
      throw new BaselineError(`no call of the profile works with the baseline${causes.told()}`);
    // A timer may come a moment before its time.
    const elapsedMs = deadline.aborted ? limits.budgetMs : performance.now() - startedAt;
    const isOpen = sides.baseline !== undefined && areLoadsOpen(rounds, { limits, cells: cells.length });
    const roundMs = performance.now() - roundAt;
    loads = { ...loads, planned: plannedLoads({ ...loads, isOpen, elapsedMs, roundMs }) };
    const end = endOf({ standings: now, loads, elapsedMs, budgetMs: limits.budgetMs });
    if (end) return end;
  }
}

/** Why calls of the baseline failed, for whoever has to mend it or the profile. */
class Causes {
  readonly #found = new Map<FailureCode, number>();

  add({ diagnosis, failure }: SessionFinished): void {
    const code = diagnosis?.code ?? failure?.code;
    if (code) this.#found.set(code, (this.#found.get(code) ?? 0) + 1);
  }

  /** The commonest, and what to change; nothing where no call has failed. */
  told(): string {
    const [first] = [...this.#found].toSorted(([, a], [, b]) => b - a);
    if (!first) return "";
    const [code] = first;
    const isOfCredential = FAILURES[code].leg === "authentication";
    const hint = isOfCredential
      ? " Credentials in the profile or in --ice-servers must be ones that the baseline takes; entries without any get fresh ones."
      : "";
    return `: ${code}. ${FAILURES[code].means} ${FAILURES[code].change}${hint}`;
  }
}

/** Of a core, what the server spent since nobody told it to do anything. */
async function idleShareOf({ server }: StartedSide, since: number): Promise<number> {
  const idle = server.between(since, await server.mark());
  return idle && idle.durationMs >= MIN_IDLE_MS ? idle.cpuMs / idle.durationMs : 0;
}

/** Works through a list, so many at a time; one that takes long makes room for the next. @throws what the first threw */
async function atOnce<T>(
  list: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const running: Promise<void>[] = [];
  const slot = async () => {
    while (next < list.length && !signal.aborted) {
      const index = next++;
      const one = work(list[index] as T, index);
      running.push(one);
      const pause = new AbortController();
      const busy = sleep(BUSY_MS, undefined, { signal: pause.signal });
      await Promise.allSettled([Promise.race([one, busy])]);
      pause.abort();
      await busy.catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: limit }, slot));
  await Promise.allSettled(running);
  await Promise.all(running);
}
