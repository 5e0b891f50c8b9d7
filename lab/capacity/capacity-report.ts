import type { CapacityModel, Prediction } from "../model/capacity-model.ts";
import {
  CAPACITY_SCHEMA_VERSION,
  type CapacityFacts,
  type CapacityReport,
  type CapacitySearch,
  type CapacityStatus,
  type CurvePoint,
  type Knee,
} from "../model/capacity-report.ts";
import type { SearchEnd, SearchEndReason } from "../model/capacity-search.ts";
import { answerOf } from "./answer.ts";
import { judgeStep } from "./carries.ts";
import { nameConstraint } from "./constraint.ts";
import { fitModel } from "./model.ts";
import { makePlan } from "./plan.ts";
import { predict } from "./predict.ts";
import { rescale } from "./rescale.ts";

/** capacity.json, out of what stands in the log; null where no search was asked for. Pure. */
export function capacityReport(facts: CapacityFacts): CapacityReport | null {
  const [first, ...others] = facts.searches;
  if (!first) return null;
  const { size, call, limits, room } = first.ask;
  const model = scaled(fitModel(facts.searches, facts.harness.cpus), facts);
  const main = resultOf(first, facts);
  const { status, ...result } = main;
  const { knee, constraint } = main;
  const startedAt = new Date(facts.startedAt).toISOString();
  const plan = facts.plan && {
    ask: facts.plan,
    ...{ call, size, room, knee, constraint, curve: main.curve, model, prices: facts.prices },
    measuredAt: startedAt.slice(0, 10),
  };
  return {
    schemaVersion: CAPACITY_SCHEMA_VERSION,
    runId: facts.runId,
    status,
    answer: answerOf({ facts, search: first, status, knee, constraint }),
    startedAt,
    durationMs: facts.durationMs,
    harness: facts.harness,
    server: facts.server,
    size,
    call,
    limits,
    room,
    ...result,
    model,
    prediction: facts.sizes.flatMap((other) => predictionOf(other, first, facts) ?? []),
    others: others.map((search) => {
      const { name, ask } = search;
      return { name, size: ask.size, call: ask.call, ...resultOf(search, facts) };
    }),
    plan: plan && makePlan(plan),
    notes: facts.notes,
  };
}

const UNDECIDED: SearchEnd = { reason: "budget", carried: null, notCarried: null, below: null, above: null, noise: [] };

const STATUSES: Record<SearchEndReason, CapacityStatus> = {
  found: "found",
  unconfirmed: "unconfirmed",
  never_passed: "never_passed",
  never_failed: "at_least",
  generator: "at_least",
  budget: "undecided",
};

function resultOf(search: CapacitySearch, facts: CapacityFacts) {
  const { ask, steps, end } = search;
  const status = statusOf(search, facts);
  const isKnee = status === "found" || status === "unconfirmed";
  const carried = steps.flatMap((step) => (judgeStep(step, ask).verdict === "carried" ? [step.calls] : []));
  const knee: Knee = {
    calls: isKnee ? (end?.carried ?? null) : null,
    // Without an end nobody has weighed repetitions: what was carried once was.
    atLeast: end ? end.carried : carried.length > 0 ? Math.max(...carried) : null,
    notCarried: end?.notCarried ?? null,
    below: end?.below ?? null,
    above: end?.above ?? null,
  };
  const hasDied = steps.some(({ server }) => !server.isAlive);
  // A server that dies again and again ends its search, and is the answer to it.
  const known = end ?? (hasDied ? UNDECIDED : null);
  const [binding, ...also] = known ? nameConstraint(ask, steps, known, facts.harness.cpus) : [];
  const curve: CurvePoint[] = steps.map((step) => ({ ...step, ...judgeStep(step, ask) }));
  return {
    status,
    knee,
    constraint: binding?.constraint ?? null,
    evidence: binding ? [binding.evidence] : [],
    also,
    curve: curve.sort((a, b) => a.calls - b.calls),
    noise: end?.noise ?? [],
  };
}

function statusOf({ end }: CapacitySearch, facts: CapacityFacts): CapacityStatus {
  if (end) return STATUSES[end.reason];
  if (facts.end === "broke") return "errored";
  return facts.end === "interrupted" ? "interrupted" : "undecided";
}

/**
 * Of another size, by all that was measured but that size itself: what a prediction is held against is no part of it. Null where nothing else
 * was measured.
 */
function predictionOf(size: Prediction["size"], first: CapacitySearch, facts: CapacityFacts): Prediction | null {
  const isThis = ({ ask }: CapacitySearch) => JSON.stringify(sorted(ask.size)) === JSON.stringify(sorted(size));
  const { call, room } = first.ask;
  const own = facts.searches.find(
    (search) => isThis(search) && search.ask.call.over === call.over && search.ask.call.relayed === call.relayed,
  );
  const here = fitModel(
    facts.searches.filter((search) => search !== own),
    facts.harness.cpus,
  );
  // What was measured, was measured on this machine.
  const model = own ? here : scaled(here, facts);
  if (!model) return null;
  const prediction = predict(model, size, call, room);
  const calls = own ? resultOf(own, facts).knee.calls : null;
  if (calls === null) return prediction;
  const deviation = prediction.calls === null || calls === 0 ? null : prediction.calls / calls - 1;
  return { ...prediction, measured: { calls, deviation } };
}

/** For the machine that the planner has, where it was calibrated. */
function scaled(model: CapacityModel | null, { calibration }: CapacityFacts): CapacityModel | null {
  return model && calibration ? (rescale(model, calibration.there, calibration.here) ?? model) : model;
}

const sorted = (size: object) => Object.entries(size).sort(([a], [b]) => a.localeCompare(b));
