import type { CapacityStep } from "../model/capacity.ts";
import type { CapacityModel, Cost, CostTerm, PerAllocation, TransportCost } from "../model/capacity-model.ts";
import type { CapacitySearch } from "../model/capacity-report.ts";
import type { TurnTransport } from "../model/ice.ts";
import { type Fit, fitNonNegative } from "../statistics/least-squares.ts";
import { percentile, sorted } from "../statistics/statistics.ts";
import { allocationsPerCall, callLoad, meanPacketBytes } from "./call-load.ts";
import { nameConstraint } from "./constraint.ts";
import { costSamples, hasSpareCpu } from "./cost-samples.ts";

/** By weight: what is told first takes what it cannot be told from. */
const TERMS: readonly CostTerm[] = ["hop", "base", "setup", "megabit", "allocation"];
const TERM_NAMES: Record<CostTerm, string> = {
  base: "what it takes without calls",
  allocation: "an allocation held",
  setup: "an allocation made",
  hop: "a packet",
  megabit: "a megabit",
};
/** Where no knee says it: what operators hold to be the most before packets are lost (coturn#616). */
const ASSUMED_UTILIZATION = 0.85;
/** To fit costs to: different loads, under which the server had CPU to spare. */
const LEAST_LOADS = 3;
/** Of the server's CPU: a thread below it only waits. */
const BUSY_SHARE = 0.05;

/** What carrying costs, fitted to all steps of all searches, by transport; null where too few were measured. Pure. */
export function fitModel(searches: readonly CapacitySearch[], machineCpus: number | null = null): CapacityModel | null {
  const byTransport = Map.groupBy(searches, ({ ask }) => ask.call.over);
  const transports = [...byTransport].flatMap(([over, own]) => fitTransport(over, own) ?? []);
  if (transports.length === 0) return null;
  return {
    transports,
    memory: perAllocation(searches, ({ server }) => server.memoryBytes),
    fileDescriptors: perAllocation(searches, ({ server }) => server.fileDescriptors),
    utilization: utilizationOf(searches, machineCpus),
    atKnee: kneesOf(searches, machineCpus),
    threads: threadsOf(searches),
    rescaled: null,
  };
}

function fitTransport(over: TurnTransport, searches: readonly CapacitySearch[]): TransportCost | null {
  const told = searches.flatMap(({ ask, steps }) =>
    steps.flatMap((step) =>
      costSamples(step, ask).map((sample) => ({ sample, held: step.held, isSpare: hasSpareCpu(step) })),
    ),
  );
  const spare = told.filter(({ isSpare }) => isSpare);
  const isSpare = new Set(spare.map(({ held }) => held)).size >= LEAST_LOADS;
  const samples = (isSpare ? spare : told).map(({ sample }) => sample);
  const columns = Object.fromEntries(TERMS.map((term) => [term, samples.map((sample) => sample[term])]));
  const y = samples.map(({ cpuMs }) => cpuMs);
  const fit = fitNonNegative(columns, y);
  // One load alone says what that load costs, and nothing of another.
  if (!fit || new Set(samples.map(({ hop, allocation }) => `${hop > 0} ${Math.round(allocation)}`)).size < 2)
    return null;
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const bytes = searches.flatMap(({ ask }) => meanPacketBytes(ask.call.streams) ?? []);
  const cpus = searches.flatMap(({ ask }) => ask.size.cpus ?? []);
  const held = searches.flatMap(({ steps }) => steps.map((step) => step.held));
  return {
    over,
    costs: costsOf(fit),
    samples: fit.samples,
    r2: fit.r2,
    residual: { rms: fit.rms, share: mean > 0 ? fit.rms / mean : 0 },
    notTold: [
      ...describeNotTold(fit, columns),
      ...(isSpare || spare.length === told.length
        ? []
        : ["what a packet costs a server that has CPU to spare: in most of what was measured it had none"]),
    ],
    range: { callsHeld: span(held) ?? [0, 0], packetBytes: span(bytes), cpus: span(cpus) },
    wire: wireOf(searches),
  };
}

function costsOf({ coefficients, intervals }: Fit): TransportCost["costs"] {
  const costs = Object.entries(coefficients).map(([term, cpuMs]): [string, Cost] => [
    term,
    { cpuMs, interval: intervals[term] ?? null },
  ]);
  return Object.fromEntries(costs);
}

function describeNotTold({ notTold, coefficients }: Fit, columns: Readonly<Record<string, number[]>>): string[] {
  const name = (term: string) => TERM_NAMES[term as CostTerm];
  const absent = TERMS.filter((term) => columns[term]?.every((value) => value === 0));
  const zero = TERMS.filter((term) => coefficients[term] === 0);
  return [
    ...notTold.map(
      ({ column, with: others }) =>
        `${name(column)}: it always came together with ${others.map(name).join(" and ") || "the others"}, which has its cost`,
    ),
    ...absent.map((term) => `${name(term)}: there was none`),
    ...zero.map((term) => `${name(term)}: too little to be seen`),
  ];
}

/** The most that was seen against the most allocations, both since the start of the server: what was freed may stay with it. */
function perAllocation(
  searches: readonly CapacitySearch[],
  of: (step: CapacityStep) => number | null,
): PerAllocation | null {
  const points = searches.flatMap(({ ask, steps }) => {
    let most = 0;
    let value = 0;
    return steps.flatMap((step) => {
      const seen = of(step);
      if (!step.server.isAlive) {
        // The next one is another process.
        [most, value] = [0, 0];
        return [];
      }
      if (seen === null) return [];
      most = Math.max(most, step.server.allocations ?? step.held * allocationsPerCall(ask.call.relayed));
      value = Math.max(value, seen);
      return [{ value, most }];
    });
  });
  if (new Set(points.map(({ most }) => most)).size < 2) return null;
  const fit = fitNonNegative(
    { base: points.map(() => 1), perAllocation: points.map(({ most }) => most) },
    points.map(({ value }) => value),
  );
  if (fit?.coefficients.perAllocation === undefined) return null;
  return {
    base: fit.coefficients.base ?? 0,
    perAllocation: fit.coefficients.perAllocation,
    interval: fit.intervals.perAllocation ?? null,
    r2: fit.r2,
    samples: fit.samples,
  };
}

function utilizationOf(searches: readonly CapacitySearch[], machineCpus: number | null): CapacityModel["utilization"] {
  const shares = searches.flatMap(({ ask, steps, end }) => {
    const cpus = ask.size.cpus ?? machineCpus;
    if (!end || cpus === null || end.notCarried === null) return [];
    if (nameConstraint(ask, steps, end, machineCpus)[0]?.constraint !== "server-cpu") return [];
    const used = steps.flatMap(({ calls, server }) =>
      calls === end.carried && server.cpuPercent !== null ? [server.cpuPercent / (cpus * 100)] : [],
    );
    return used.length === 0 ? [] : [Math.min(1, Math.max(...used))];
  });
  const share = percentile(sorted(shares), 50);
  if (share === null) {
    const note = "the CPU did not bind: assumed, from what operators report (coturn#616)";
    return { share: ASSUMED_UTILIZATION, basis: "extrapolated", note };
  }
  return { share, basis: "measured", note: "at the highest load that was carried where the CPU bound" };
}

function kneesOf(searches: readonly CapacitySearch[], machineCpus: number | null): CapacityModel["atKnee"] {
  return searches.flatMap(({ ask, steps, end }) => {
    const cpus = ask.size.cpus ?? machineCpus;
    if (!end || cpus === null || end.carried === null || end.notCarried === null) return [];
    if (nameConstraint(ask, steps, end, machineCpus)[0]?.constraint !== "server-cpu") return [];
    const costs = steps.flatMap(({ calls, held, server }) =>
      calls === end.carried && held > 0 && server.cpuPercent !== null ? [(server.cpuPercent * 10) / held] : [],
    );
    const cpuMsPerCall = percentile(sorted(costs), 50);
    return cpuMsPerCall === null ? [] : [{ call: ask.call, cpus, cpuMsPerCall }];
  });
}

function threadsOf(searches: readonly CapacitySearch[]): CapacityModel["threads"] {
  const seen = searches.flatMap(({ steps }) =>
    steps.flatMap(({ server: { threads } }) => {
      const total = threads.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
      const [busiest] = threads.toSorted((a, b) => b.cpuPercent - a.cpuPercent);
      if (!busiest || total < 1) return [];
      const busy = threads.filter(({ cpuPercent }) => cpuPercent > total * BUSY_SHARE).length;
      return [{ total, busy, share: busiest.cpuPercent / total }];
    }),
  );
  // Under the most load: before, one thread has what there is.
  const most = Math.max(0, ...seen.map(({ total }) => total));
  const loaded = seen.filter(({ total }) => total >= most / 2);
  const busiestShare = percentile(sorted(loaded.map(({ share }) => share)), 50);
  if (busiestShare === null) return null;
  return { busy: Math.max(...loaded.map(({ busy }) => busy)), busiestShare };
}

function wireOf(searches: readonly CapacitySearch[]): TransportCost["wire"] {
  const [first] = searches;
  if (!first) return null;
  const { relayed } = first.ask.call;
  const factors = searches
    .filter(({ ask }) => ask.call.relayed === relayed)
    .flatMap(({ ask, steps }) => {
      const { wireBitsPerSecond } = callLoad(ask.call);
      return steps.flatMap(({ held, server, packetsLost, packetsSent }) => {
        const seen = Math.max(server.rxBitsPerSecond ?? 0, server.txBitsPerSecond ?? 0);
        const due = held * wireBitsPerSecond;
        return seen > 0 && due > 0 && packetsLost <= packetsSent / 100 ? [seen / due] : [];
      });
    });
  const factor = percentile(sorted(factors), 50);
  return factor === null ? null : { factor, relayed };
}

function span(values: readonly number[]): [number, number] | null {
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}
