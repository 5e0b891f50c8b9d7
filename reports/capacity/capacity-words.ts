import type { CapacityCall, Constraint, MachineSize } from "../../lab/model/capacity.ts";
import {
  type Basis,
  type CapacityModel,
  COST_TERMS,
  type CostTerm,
  type PerAllocation,
  type Prediction,
  type TransportCost,
} from "../../lab/model/capacity-model.ts";
import type { CapacityPlan, PlannedMachine, PlannedService } from "../../lab/model/capacity-plan.ts";
import type { CapacityReport, CapacityStatus, CurvePoint, Knee } from "../../lab/model/capacity-report.ts";
import type { Confirmation } from "../../lab/model/capacity-search.ts";
import {
  formatBytes,
  formatCpu,
  formatDuration,
  formatMs,
  formatRatio,
  NOTHING,
  oneLine,
  plural,
} from "../render/format.ts";

/** What every renderer of a capacity report says in the same words. Texts are one line each, and not yet escaped. */

export const CONSTRAINT_NAMES: Record<Constraint, string> = {
  "server-cpu": "server CPU",
  "server-thread": "one thread",
  memory: "memory",
  nic: "NIC",
  "port-range": "relay port range",
  "file-descriptors": "file descriptors",
  "user-quota": "user-quota",
  "total-quota": "total-quota",
  "bps-capacity": "bps-capacity",
  "udp-receive-buffer": "UDP receive buffers",
  router: "the lab's router",
  "server-died": "the server died",
  generator: "the generator",
};

const nameOf = (constraint: string | null) =>
  constraint === null ? NOTHING : (CONSTRAINT_NAMES[constraint as Constraint] ?? constraint);

/** How sure the knee is, a line each. */
export function describeConfidence({
  status,
  knee,
  noise,
}: Pick<CapacityReport, "status" | "knee" | "noise">): string[] {
  const { below, above, notCarried, atLeast, calls } = knee;
  const isBracketed = calls !== null && notCarried !== null;
  return [
    ...(isBracketed ? [`between ${calls} calls, carried, and ${notCarried}, not carried`] : []),
    ...(!isBracketed && atLeast !== null && status !== "at_least"
      ? [`carried in any case: ${plural(atLeast, "call")}`]
      : []),
    ...(below ? [`below: ${describeConfirmation(below)}`] : []),
    ...(above ? [`above: ${describeConfirmation(above)}`] : []),
    ...(status === "found" || status === "unconfirmed" ? noKneeWords(knee) : []),
    ...noise.map((text) => `held again, for its repetitions did not agree: ${oneLine(text)}`),
  ];
}

function noKneeWords({ below, above }: Knee): string[] {
  const missing = [...(below ? [] : ["below"]), ...(above ? [] : ["above"])];
  return missing.length === 0 ? [] : [`not held longer ${missing.join(" and ")} the knee`];
}

function describeConfirmation({ calls, holdMs, carried, held }: Confirmation): string {
  return `${plural(calls, "call")} held for ${formatDuration(holdMs)}, carried ${carried} of ${plural(held, "time")}`;
}

/** `server CPU: the server used 98 % of its 0.25 cores …`, the constraint first. */
export function describeConstraint({
  constraint,
  evidence,
  also,
}: Pick<CapacityReport, "constraint" | "evidence" | "also">): string[] {
  if (constraint === null) return [];
  return [
    ...evidence.map((text) => oneLine(`${nameOf(constraint)}: ${text}`)),
    ...also.map((finding) => oneLine(`also ${nameOf(finding.constraint)}: ${finding.evidence}`)),
  ];
}

export const CURVE_HEAD = [
  "calls",
  "stood",
  "server CPU",
  "throttled",
  "memory",
  "connect p(95)",
  "round trip p(95)",
  "loss",
  "",
] as const;

/** One row under CURVE_HEAD. */
export function curveRow(point: CurvePoint): string[] {
  const { calls, held, server, connectTime, roundTrip, packetsSent, packetsLost } = point;
  return [
    String(calls),
    String(held),
    formatCpu(server.cpuPercent),
    formatRatio(server.throttledShare, 0),
    server.memoryBytes === null ? NOTHING : formatBytes(server.memoryBytes),
    ms(connectTime["p(95)"]),
    ms(roundTrip["p(95)"]),
    packetsSent === 0 ? NOTHING : formatRatio(packetsLost / packetsSent, 2),
    describeVerdict(point),
  ];
}

const ms = (value: number | null) => (value === null ? NOTHING : `${formatMs(value)} ms`);

export function describeVerdict({ verdict, reasons }: CurvePoint): string {
  if (verdict === "carried") return "carried";
  const words = verdict === "not_carried" ? "not carried" : "says nothing of the server";
  return oneLine(`${words}: ${reasons.join("; ")}`);
}

/** A load's share of a core, or of what it may use, as blocks. */
export function bar(share: number | null, width = 10): string {
  if (share === null || !Number.isFinite(share)) return " ".repeat(width);
  const full = Math.max(0, Math.min(width, Math.round(share * width)));
  return `${"█".repeat(full)}${"·".repeat(width - full)}`;
}

/** Of the CPU that the server may use. */
export function cpuShare({ server }: CurvePoint, report: Pick<CapacityReport, "size" | "harness">): number | null {
  const cpus = report.size.cpus ?? report.harness.cpus;
  return server.cpuPercent === null ? null : server.cpuPercent / (cpus * 100);
}

export function describeLimits({ limits }: Pick<CapacityReport, "limits">): string {
  return [
    `at least ${formatRatio(limits.successRate, 2)} of calls`,
    `connect time p(95) up to ${limits.connectTimeP95Ms} ms`,
    `packet loss up to ${formatRatio(limits.packetLoss, 2)}`,
    `round trip p(95) up to ${limits.roundTripP95Ms} ms`,
  ].join(", ");
}

export const COST_HEAD = ["server CPU for", "costs", "95 %"] as const;

/** Rows under COST_HEAD. */
export function costRows({ costs }: TransportCost): string[][] {
  const words: Record<CostTerm, string> = {
    base: "itself, whatever it carries",
    allocation: "an allocation held",
    setup: "an allocation made",
    hop: "a packet received and sent on",
    megabit: "a megabit received and sent on",
  };
  return (Object.keys(COST_TERMS) as CostTerm[]).flatMap((term) => {
    const cost = costs[term];
    if (!cost) return [];
    const unit = term === "base" || term === "allocation" ? "ms/s" : "ms";
    const interval = cost.interval ? `${number(cost.interval[0])} to ${number(cost.interval[1])}` : NOTHING;
    return [[words[term], `${number(cost.cpuMs)} ${unit}`, interval]];
  });
}

/** `r² 0.998 over 24 samples, off by 1.2 % of their mean`. */
export function describeFit({ r2, samples, residual, over }: TransportCost): string {
  const fit = r2 === null ? "" : `r² ${r2.toFixed(3)} over `;
  const off = residual === null ? "" : `, off by ${formatRatio(residual.share)} of their mean`;
  return `${over.toUpperCase()}: ${fit}${plural(samples, "sample")}${off}`;
}

/** What is beside CPU in a model, a line each. */
export function describeModel({ memory, fileDescriptors, utilization, threads, rescaled }: CapacityModel): string[] {
  return [
    ...(memory ? [`memory: ${describePerAllocation(memory, (bytes) => formatBytes(Math.round(bytes)))}`] : []),
    ...(fileDescriptors ? [`file descriptors: ${describePerAllocation(fileDescriptors, number)}`] : []),
    ...(threads
      ? [
          `threads: ${threads.busy} at work, the busiest with ${formatRatio(threads.busiestShare, 0)} of the server's CPU`,
        ]
      : []),
    `share of its CPU at the knee: ${formatRatio(utilization.share, 0)}, ${utilization.basis}: ${oneLine(utilization.note)}`,
    ...(rescaled ? [`of ${oneLine(rescaled.machine)}: ${oneLine(rescaled.note)}`] : []),
  ];
}

function describePerAllocation({ base, perAllocation, r2 }: PerAllocation, format: (value: number) => string): string {
  const fit = r2 === null ? "" : ` (r² ${r2.toFixed(3)})`;
  return `${format(base)}, and ${format(perAllocation)} for each allocation${fit}`;
}

export const PREDICTION_HEAD = ["size", "calls", "interval", "binds", "", "measured", "off by"] as const;

/** One row under PREDICTION_HEAD. */
export function predictionRow({ size, calls, interval, constraint, basis, measured }: Prediction): string[] {
  return [
    describeSize(size),
    calls === null ? NOTHING : String(calls),
    interval ? `${interval[0]} to ${interval[1]}` : NOTHING,
    nameOf(constraint),
    basis,
    measured ? String(measured.calls) : NOTHING,
    measured?.deviation === null || measured === null ? NOTHING : signed(measured.deviation),
  ];
}

export const OTHERS_HEAD = ["also measured", "calls", "not carried", "binds", ""] as const;

/** One row under OTHERS_HEAD. */
export function otherRow({ name, status, knee, constraint }: CapacityReport["others"][number]): string[] {
  const least = knee.atLeast === null ? NOTHING : `at least ${knee.atLeast}`;
  return [
    oneLine(name),
    knee.calls === null ? least : String(knee.calls),
    knee.notCarried === null ? NOTHING : String(knee.notCarried),
    nameOf(constraint),
    STATUS_WORDS[status],
  ];
}

export const STATUS_WORDS: Record<CapacityStatus, string> = {
  found: "found and confirmed",
  unconfirmed: "not confirmed",
  at_least: "no knee: the generator bound",
  never_passed: "carries nothing",
  undecided: "not found in time",
  errored: "the lab broke",
  interrupted: "interrupted",
};

/** The planner's own numbers, and what follows from them, a line each. */
export function describeDemand({
  ask,
  peakCalls,
  peakRelayedCalls,
  egressGigabytes,
  clientGigabytes,
}: CapacityPlan): string[] {
  return [
    `${ask.callsPerDay} calls a day of ${ask.minutesPerCall} minutes, ${formatRatio(ask.shareRelayed)} relayed, in ${plural(ask.regions, "region")}`,
    `at the busiest time, ${ask.peakFactor} times the mean: ${peakCalls.value ?? NOTHING} calls at once, ${peakRelayedCalls.value ?? NOTHING} of them relayed`,
    `in a month ${egressGigabytes.value ?? NOTHING} GB leave (${egressGigabytes.basis}: ${oneLine(egressGigabytes.how)}), ${clientGigabytes.value ?? NOTHING} GB of them to relayed clients`,
    `a machine is planned up to ${formatRatio(ask.headroom)} of its knee, with ${ask.spares} more in each region`,
  ];
}

export const MACHINE_HEAD = [
  "machine",
  "knee",
  "",
  "binds",
  "users each",
  "a region",
  "in all",
  "a month",
  "of that machines",
  "of that egress",
] as const;

/** One row under MACHINE_HEAD; amounts are the table's currency. */
export function machineRow(machine: PlannedMachine): string[] {
  const {
    kneeCalls,
    constraint,
    usersPerMachine,
    machinesPerRegion,
    machines,
    monthlyMachines,
    monthlyEgress,
    monthly,
  } = machine;
  return [
    oneLine(machine.machine),
    count(kneeCalls.value),
    kneeCalls.value === null ? "" : kneeCalls.basis,
    nameOf(constraint),
    count(usersPerMachine.value),
    count(machinesPerRegion.value),
    count(machines.value),
    amounts(monthly),
    amounts(monthlyMachines),
    amounts({ low: monthlyEgress.amount, high: monthlyEgress.amount }),
  ];
}

export const SERVICE_HEAD = ["managed service", "a month", "how"] as const;

/** One row under SERVICE_HEAD. */
export function serviceRow({ name, monthly, how, source }: PlannedService): string[] {
  return [
    oneLine(name),
    amounts({ low: monthly, high: monthly }),
    oneLine(`${how} (${source.source}, ${source.date})`),
  ];
}

/** Each source once, with the machines that it is of. */
export function describeSources({ machines }: CapacityPlan): string[] {
  const bySource = Map.groupBy(machines, ({ source }) => `${source.source}, ${source.date}`);
  return [...bySource].map(([source, own]) => {
    const notes = [...new Set(own.flatMap((machine) => machine.source.note ?? []))];
    return oneLine(`${own.map(({ machine }) => machine).join(", ")}: ${[source, ...notes].join("; ")}`);
  });
}

/** What each word of a figure's origin means. */
export const BASIS_WORDS: Record<Basis, string> = {
  measured: "seen in this run",
  predicted: "by the model, near what was measured",
  extrapolated: "by the model or the plan, beyond what was measured",
};

/** What a lab on one machine cannot tell of a server elsewhere. */
export const CANNOT_TELL = [
  "Server, generator, routers and far peer share this machine: a core is one of its cores, and a hypervisor's or a NIC's own cost is not in it.",
  "Calls are raw TURN clients of one address and one credential: clients of many addresses may spread over threads otherwise.",
  "Everybody stays: what arriving and leaving all day costs is in the model as the cost of an allocation made, and not in the knee.",
  "Wires have no loss and next to no delay: what a server spends on retransmissions over TCP and TLS is not in it.",
] as const;

/** `0.25 cores, 512 MiB`. */
export function describeSize({ cpus, memoryBytes, nicBitsPerSecond, fileDescriptors }: MachineSize): string {
  const words = [
    ...(cpus === undefined ? [] : [plural(cpus, "core")]),
    ...(memoryBytes === undefined ? [] : [`${Math.round(memoryBytes / 2 ** 20)} MiB`]),
    ...(nicBitsPerSecond === undefined ? [] : [`${number(nicBitsPerSecond / 1e6)} Mbit/s`]),
    ...(fileDescriptors === undefined ? [] : [plural(fileDescriptors, "file descriptor")]),
  ];
  return words.length === 0 ? "this machine" : words.join(", ");
}

/** `coturn 4.6.1, turnlab/coturn:1f44057b0d97`. */
export function describeServer({ file, version, image }: CapacityReport["server"]): string {
  const ran = [version === null ? "" : `coturn ${version}`, image?.reference ?? ""].filter((part) => part !== "");
  return oneLine(`${file}${ran.length === 0 ? "" : `: ${ran.join(", ")}`}`);
}

export function describeCall({ over, relayed, streams }: CapacityCall): string {
  const each = streams.map(
    ({ packetBytes, packetsPerSecond }) => `${packetsPerSecond} packets of ${packetBytes} bytes a second`,
  );
  const traffic = each.length === 0 ? "without traffic" : `each way ${each.join(" and ")}`;
  return `${over.toUpperCase()}, ${relayed === "both" ? "both ends" : "one end"} relayed, ${traffic}`;
}

const count = (value: number | null) => (value === null ? NOTHING : String(value));

function amounts({ low, high }: { low: number | null; high: number | null }): string {
  if (low === null || high === null) return NOTHING;
  return low === high ? low.toFixed(2) : `${low.toFixed(2)} to ${high.toFixed(2)}`;
}

/** Three digits, and no exponent. */
function number(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(7, digits));
}

function signed(ratio: number): string {
  const percent = (Math.abs(ratio) * 100).toFixed(1);
  return `${Number(percent) === 0 ? "" : ratio < 0 ? "−" : "+"}${percent} %`;
}
