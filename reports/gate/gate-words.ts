import {
  type CellResult,
  type CellTally,
  type DifferenceMetric,
  GATE_LAYERS,
  type GateDifference,
  type GateFinding,
  type GateReport,
  type GateServer,
  type GateStatus,
  type ToldFinding,
} from "../../lab/model/gate.ts";
import type { ProbeResult } from "../../lab/model/probe.ts";
import { formatBytes, formatDuration, formatMs, formatRatio, NOTHING, oneLine, plural } from "../render/format.ts";

/** What every renderer of a gate says in the same words. Texts are one line each, and not yet escaped. */

export const GATE_STATUS_WORDS: Record<GateStatus, string> = {
  passed: "Passed",
  failed: "Failed",
  undecided: "Undecided",
  errored: "The lab broke",
  interrupted: "Interrupted",
};

/** `Failed: users behind … cannot connect.`, also where the sentence begins with that word. */
export function describeGate({ status, verdict, end }: Pick<GateReport, "status" | "verdict" | "end">): string {
  const word = end === "bad_baseline" ? "Bad baseline" : GATE_STATUS_WORDS[status];
  const sentence = oneLine(verdict);
  return sentence.toLowerCase().startsWith(word.toLowerCase()) ? sentence : `${word}: ${sentence}`;
}

/** Findings by what they mean for the verdict, in the report's order. */
export function sortFindings({
  findings,
}: Pick<GateReport, "findings">): Record<GateFinding["verdict"], GateFinding[]> {
  const of = (verdict: GateFinding["verdict"]) => findings.filter((finding) => finding.verdict === verdict);
  return { fails: of("fails"), already_there: of("already_there"), noted: of("noted") };
}

/** `users behind firewalls that block UDP cannot connect: no listener on 443`: who, and what. */
export function describeHit({ affects, what }: Pick<GateFinding, "affects" | "what">): string {
  return oneLine(`${affects.replace(/\.\s*$/, "")}: ${what}`);
}

/** `turnserver.conf:12`. */
export function describePlace({ place: { file, line } }: Pick<GateFinding, "place">): string {
  return oneLine(line === null ? file : `${file}:${line}`);
}

/** `error, listener-missing (check)`. */
export function describeRule({ rule, severity, layer }: Pick<GateFinding, "rule" | "severity" | "layer">): string {
  return oneLine(`${severity}, ${rule} (${layer})`);
}

/** `listener-removed (check, error): no listener on 443`: what was found beside another of the same cause. */
export function describeAlso(told: ToldFinding, { place }: Pick<GateFinding, "place">): string {
  const where = told.place.line === null || told.place.line === place.line ? "" : `${describePlace(told)}: `;
  return oneLine(`${where}${told.rule} (${told.layer}, ${told.severity}): ${told.what}`);
}

const CELL_VERDICTS: Record<CellResult["verdict"], string> = {
  passed: "passed",
  failed: "failed",
  already_there: "already there",
  undecided: "undecided",
};

export function describeCellVerdict({ verdict }: CellResult): string {
  return CELL_VERDICTS[verdict];
}

/** A gate that never called has no open questions there: nobody asked. */
export function hasCalled({ layers, cells }: Pick<GateReport, "layers" | "cells">): boolean {
  return layers.calls !== null || cells.some(({ candidate }) => candidate.calls > 0);
}

/** Said in the place of a table of calls; empty where there were some. */
export function describeUncalled(report: Pick<GateReport, "layers" | "cells">): string {
  if (hasCalled(report) || report.cells.length === 0) return "";
  return `not reached: ${report.cells.length === 1 ? "1 kind" : `${report.cells.length} kinds`} of calls`;
}

/** `38/40`: calls that were a success out of those that finished. */
export function describeTally(tally: CellTally | null): string {
  return tally === null || tally.calls === 0 ? NOTHING : `${tally.succeeded}/${tally.calls}`;
}

/** `12 × allocate_timeout, 1 × ice_failed`: causes where a diagnosis named them, else what ends said. */
export function describeFailures({ causes, failures }: CellTally): string {
  const counts = Object.keys(causes).length > 0 ? causes : failures;
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${count} × ${code}`)
    .join(", ");
}

export const DIFFERENCE_HEAD = [
  "difference",
  "baseline",
  "candidate",
  "change",
  "interval",
  "rounds",
  "verdict",
] as const;

/** One row under DIFFERENCE_HEAD. */
export function differenceRow(difference: GateDifference): string[] {
  const { metric, baseline, candidate, change, interval, rounds } = difference;
  const unit = difference.unit === SHARE ? "points" : "%";
  return [
    DIFFERENCE_NAMES[metric],
    formatValue(difference, baseline),
    formatValue(difference, candidate),
    change === null ? NOTHING : `${signed(change)} ${unit}`,
    interval === null ? NOTHING : `${interval.map(signed).join(" to ")}`,
    String(rounds),
    describeDifferenceVerdict(difference),
  ];
}

/** Of shares the change is a difference, in percentage points. */
const SHARE: GateDifference["unit"] = "share";

const DIFFERENCE_NAMES: Record<DifferenceMetric, string> = {
  success: "calls in time",
  delivery: "messages delivered",
  connect_time: "connect time, median",
  cpu_per_call: "server CPU per call",
  memory_per_allocation: "memory per allocation",
};

/** `none` is what is smaller than the noise; where that is wider than the margin, so much may be there and unseen. */
export function describeDifferenceVerdict({ verdict, margin, unit, isSettled }: GateDifference): string {
  const limit = unit === SHARE ? `${formatRatio(margin).replace(" %", "")} points` : formatRatio(margin);
  if (!isSettled && verdict === "none") return `none seen, ${limit} not excluded`;
  if (!isSettled && verdict === "within") return `worse, ${limit} not excluded`;
  if (verdict === "within") return `within ${limit}`;
  return verdict === "worse" ? `worse by over ${limit}` : verdict;
}

/** What the columns of a difference mean; empty where there is none. */
export function explainDifferences({ differences }: Pick<GateReport, "differences">): string {
  if (differences.length === 0) return "";
  const least = Math.min(...differences.map(({ confidence }) => confidence));
  return `intervals hold with ${formatRatio(least)} or more each, corrected for several metrics and looks; none: smaller than the noise`;
}

function formatValue({ unit }: GateDifference, value: number | null): string {
  if (value === null) return NOTHING;
  if (unit === SHARE) return formatRatio(value);
  if (unit === "ms") return `${formatMs(value)} ms`;
  if (unit === "bytes" || unit === "B") return formatBytes(Math.round(value));
  return oneLine(`${value.toPrecision(3)} ${unit}`);
}

/** A ratio in per cent with its sign; no sign where it rounds to nothing. */
function signed(ratio: number): string {
  const percent = (Math.abs(ratio) * 100).toFixed(1);
  return `${Number(percent) === 0 ? "" : ratio < 0 ? "−" : "+"}${percent}`;
}

/** Of one side, the questions that were not answered as a secure server does. */
export function weakProbes(probes: readonly ProbeResult[]): ProbeResult[] {
  return probes.filter(({ verdict }) => verdict === "weak");
}

/** `41 questions: 38 ok, 1 weak, 2 not asked`; empty where nobody asked. */
export function countProbes(probes: readonly ProbeResult[]): string {
  if (probes.length === 0) return "";
  const words = { ok: "ok", weak: "weak", unclear: "unclear", "not-asked": "not asked" };
  const counts = Object.entries(words).flatMap(([verdict, word]) => {
    const count = probes.filter((probe) => probe.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${plural(probes.length, "question")}: ${counts.join(", ")}`;
}

/** `expected 403, observed success; a listener behind it received the packet`. */
export function describeProbe({ title, url, expected, observed, hasReached }: ProbeResult): string {
  const reached = hasReached === true ? "; a listener behind it received the packet" : "";
  return oneLine(`${title}${url === null ? "" : ` (${url})`}: expected ${expected}, observed ${observed}${reached}`);
}

/** `check 0.1 s, probe 8.2 s, calls not reached`. */
export function describeLayers({ layers }: Pick<GateReport, "layers">): string {
  return GATE_LAYERS.map((layer) => {
    const took = layers[layer];
    return `${layer} ${took === null ? "not reached" : formatDuration(took.durationMs)}`;
  }).join(", ");
}

/** `candidate new.conf: coturn 4.6.1, turnlab/coturn:1f44057b0d97`. */
export function describeServer(side: string, { file, image, version }: GateServer): string {
  const ran = [version === null ? "" : `coturn ${version}`, image?.reference ?? ""].filter((part) => part !== "");
  return oneLine(`${side} ${file}${ran.length === 0 ? "" : `: ${ran.join(", ")}`}`);
}

/** The command that asks the same again; a profile and values have to be given as they were. */
export function describeRepeat({ candidate, baseline, strict, leftOut }: GateReport): string {
  // `--image` is for both where nothing else is said of the baseline.
  const [image, other] = [candidate.image?.reference, baseline?.image?.reference];
  const isOwn = (reference: string | undefined) => reference !== undefined && !reference.startsWith("turnlab/");
  const words = [
    "./turnlab gate",
    `--config ${quote(candidate.file)}`,
    ...(baseline ? [`--baseline ${quote(baseline.file)}`] : []),
    ...(image !== undefined && isOwn(image) ? [`--image ${quote(image)}`] : []),
    ...(other !== undefined && other !== image && (isOwn(image) || isOwn(other))
      ? [`--baseline-image ${quote(other)}`]
      : []),
    ...(strict ? ["--strict"] : []),
    ...(leftOut.length > 0 ? [`--without ${leftOut.join(",")}`] : []),
  ];
  return words.join(" ");
}

/** As a shell takes it. */
function quote(word: string): string {
  const text = oneLine(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
