import type { CapacityCall, Constraint, MachineSize } from "../../lab/model/capacity.ts";
import type { Basis } from "../../lab/model/capacity-model.ts";
import type { CapacityReport, CurvePoint, Knee } from "../../lab/model/capacity-report.ts";
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

export const nameOf = (constraint: string | null) =>
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

/** What each word of a figure's origin means. */
export const BASIS_WORDS: Record<Basis, string> = {
  measured: "seen in this run",
  predicted: "by the model, near what was measured",
  extrapolated: "by the model or the plan, beyond what was measured",
};

/** What a lab on one machine cannot tell of a server elsewhere. */
export const CANNOT_TELL = [
  "Server, generator, routers and far peer share this machine: a core is one of its cores, and a hypervisor's or a NIC's own cost is not in it.",
  "Calls are raw TURN clients of one address: clients of many addresses may spread over threads otherwise.",
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

/** Three digits, and no exponent. */
export function number(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(7, digits));
}
