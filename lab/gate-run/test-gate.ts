/** For tests only: gates played with calls drawn at known rates, planned, ended and judged as real ones are. */

import { areLoadsOpen } from "../gate/differences.ts";
import { errorShares } from "../gate/error-shares.ts";
import { judgeCell } from "../gate/judge-cell.ts";
import { judgeGate } from "../gate/judge-gate.ts";
import { FIRST_LOADS } from "../gate/load-looks.ts";
import { failedCall, testCall, testCell, testFacts, testProfile, testRounds, testSide } from "../gate/test-facts.ts";
import type { GateCall, GateEnd, GateReport, GateRound, GateSide } from "../model/gate.ts";
import { roughlyNormal } from "../statistics/test-random.ts";
import { LOAD_CELL } from "./gate-load.ts";
import { endOf, nextTurn, orderOf, plannedLoads, type Standing, wantsLoad } from "./gate-rounds.ts";

/** Rates of good calls by cell, and how a metric stands to the baseline's. */
export type PlayedGate = {
  cells: readonly string[];
  rate: (side: GateSide, cell: string) => number;
  /** Of connect time and CPU per call, candidate over baseline. */
  ratio?: number;
  /** Of a logarithm, in one round of one side. */
  deviation?: number;
  hasBaseline?: boolean;
};

const LOAD_CALLS = 20;
/** What a round takes, as measured. */
const ROUND_MS = 6_000;
const BUDGET_MS = 300_000;

export function playGate(given: PlayedGate, random: () => number): GateReport {
  const { rate, ratio = 1, deviation = 0.07, hasBaseline = true } = given;
  const ids = [...given.cells, LOAD_CELL];
  const profile = testProfile();
  const { limits } = profile;
  const shares = errorShares(limits, ids.length, hasBaseline);
  const made: Record<GateSide, Map<string, boolean[]>> = { candidate: new Map(), baseline: new Map() };
  const calls: Record<GateSide, GateCall[]> = { candidate: [], baseline: [] };
  const rounds: GateRound[] = [];
  const drawn = new Map<string, number[]>();
  const draw = (side: GateSide, cell: string, round: number) => {
    const isGood = random() < rate(side, cell);
    if (side === "candidate") drawn.set(cell, [...(drawn.get(cell) ?? []), round]);
    made[side].set(cell, [...(made[side].get(cell) ?? []), isGood]);
    calls[side].push(isGood ? testCall({ cell, round }) : failedCall({ cell, round }));
  };
  const standings = (): Standing[] =>
    ids.map((cell) => {
      const candidate = made.candidate.get(cell) ?? [];
      const baseline = hasBaseline ? (made.baseline.get(cell) ?? []) : null;
      const judged = judgeCell({ candidate, baseline, rounds: drawn.get(cell) ?? [] }, limits, shares);
      return { cell, candidate, baseline, verdict: judged.verdict, decision: judged.candidate };
    });
  const figure = (side: GateSide, middle: number) =>
    middle * (side === "candidate" ? ratio : 1) * Math.exp(deviation * roughlyNormal(random));
  let loads = { made: 0, planned: FIRST_LOADS };
  let end: GateEnd | null = null;
  for (let round = 1; end === null; round += 1) {
    const turns = orderOf(round, random() < 0.5, standings()).filter((side) => hasBaseline || side === "candidate");
    for (const side of turns) {
      const matrix = standings().filter(({ cell }) => cell !== LOAD_CELL);
      for (const cell of nextTurn(matrix, side, round)) draw(side, cell, round);
      if (!wantsLoad(side, standings(), { cell: LOAD_CELL, ...loads })) continue;
      for (let index = 0; index < LOAD_CALLS; index += 1) draw(side, LOAD_CELL, round);
      const [measured] = testRounds(side, [0], {
        connectTimeMs: figure(side, 400),
        cpuPerCallMs: figure(side, 10),
        round,
      });
      if (measured) rounds.push(measured);
    }
    const elapsedMs = round * ROUND_MS;
    const ofRound = rounds.filter((one) => one.round === round);
    if (ofRound.length === turns.length) loads = { ...loads, made: loads.made + 1 };
    const isOpen = hasBaseline && areLoadsOpen(rounds, { limits, cells: ids.length });
    loads = { ...loads, planned: plannedLoads({ ...loads, isOpen, elapsedMs, roundMs: ROUND_MS }) };
    end = endOf({ standings: standings(), loads, elapsedMs, budgetMs: BUDGET_MS });
  }
  const memoryPerAllocation = Array.from({ length: 5 }, () => figure("baseline", 20_000));
  return judgeGate(
    testFacts({
      profile,
      cells: ids.map((id) => testCell({ id })),
      sides: {
        candidate: testSide({ calls: calls.candidate, memoryPerAllocation }),
        ...(hasBaseline ? { baseline: testSide({ calls: calls.baseline }) } : {}),
      },
      rounds: hasBaseline ? rounds : rounds.filter(({ side }) => side === "candidate"),
      end,
    }),
  );
}
