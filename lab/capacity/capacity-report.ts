import type { CapacitySearch } from "../model/capacity-report.ts";
import {
  CAPACITY_SCHEMA_VERSION,
  type CapacityFacts,
  type CapacityReport,
  type CapacityStatus,
  type CurvePoint,
  type Knee,
} from "../model/capacity-report.ts";
import type { SearchEndReason } from "../model/capacity-search.ts";
import { judgeStep } from "./carries.ts";
import { nameConstraint } from "./constraint.ts";
import { fitModel, predict } from "./model.ts";
import { makePlan } from "./plan.ts";

/** capacity.json, out of what stands in the log; null where no search was asked for. Pure. */
export function capacityReport(facts: CapacityFacts): CapacityReport | null {
  const [first, ...others] = facts.searches;
  if (!first) return null;
  const { size, call, limits, room } = first.ask;
  const model = fitModel(facts.searches);
  const of = (search: CapacitySearch) => resultOf(search, facts);
  const main = of(first);
  return {
    schemaVersion: CAPACITY_SCHEMA_VERSION,
    runId: facts.runId,
    status: main.status,
    answer: "",
    startedAt: new Date(facts.startedAt).toISOString(),
    durationMs: facts.durationMs,
    harness: facts.harness,
    server: facts.server,
    size,
    call,
    limits,
    room,
    knee: main.knee,
    constraint: main.constraint,
    evidence: main.evidence,
    also: main.also,
    curve: main.curve,
    model,
    prediction: model ? facts.sizes.map((other) => predict(model, other, call, room)) : [],
    others: others.map((search) => {
      const { also: _, ...result } = of(search);
      return { name: search.name, size: search.ask.size, call: search.ask.call, ...result };
    }),
    plan: facts.plan && makePlan({ ask: facts.plan, call, size, knee: main.knee, model, prices: facts.prices }),
    noise: first.end?.noise ?? [],
    notes: facts.notes,
  };
}

const STATUSES: Record<SearchEndReason, CapacityStatus> = {
  found: "found",
  unconfirmed: "unconfirmed",
  never_passed: "never_passed",
  never_failed: "at_least",
  generator: "at_least",
  budget: "undecided",
};

function resultOf({ ask, steps, end }: CapacitySearch, facts: CapacityFacts) {
  const broken: CapacityStatus =
    facts.end === "broke" ? "errored" : facts.end === "interrupted" ? "interrupted" : "undecided";
  const status = end ? STATUSES[end.reason] : broken;
  const findings = end ? nameConstraint(ask, steps, end) : [];
  const [binding, ...also] = findings;
  const isKnee = status === "found" || status === "unconfirmed";
  const knee: Knee = {
    calls: isKnee ? (end?.carried ?? null) : null,
    atLeast: end?.carried ?? null,
    notCarried: end?.notCarried ?? null,
    below: end?.below ?? null,
    above: end?.above ?? null,
  };
  const curve: CurvePoint[] = steps.map((step) => ({ ...step, ...judgeStep(step, ask) }));
  return {
    status,
    knee,
    constraint: binding?.constraint ?? null,
    evidence: binding ? [binding.evidence] : [],
    also,
    curve: curve.sort((a, b) => a.calls - b.calls),
  };
}
