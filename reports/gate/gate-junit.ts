import {
  DIFFERENCE_METRICS,
  GATE_LAYERS,
  type GateFinding,
  type GateLayer,
  type GateReport,
} from "../../lab/model/gate.ts";
import { PROBE_GROUPS, type ProbeGroup } from "../../lab/model/probe.ts";
import { oneLine } from "../render/format.ts";
import { type Case, junitDocument, type Outcome, type Suite } from "../render/junit-document.ts";
import {
  countProbes,
  DIFFERENCE_HEAD,
  describeAlso,
  describeCellVerdict,
  describeFailures,
  describeGate,
  describeHit,
  describePlace,
  describeRule,
  describeTally,
  differenceRow,
  hasCalled,
  sortFindings,
} from "./gate-words.ts";

/**
 * For CI servers that show JUnit: a suite for the verdict and for each layer. `failure` is what fails the gate. `error` is what came
 * to no verdict, undecided as well as broken: nothing was shown to be wrong with the config, and still it may not pass.
 * `skipped` is what the baseline has too, and what was not reached.
 */
export function renderGateJunit(report: GateReport): string {
  const suites: Suite[] = [
    { name: "turnlab gate", seconds: 0, cases: [verdictCase(report)] },
    ...GATE_LAYERS.map((layer) => ({
      name: `turnlab gate: ${layer}`,
      seconds: (report.layers[layer]?.durationMs ?? 0) / 1000,
      cases: layerCases(report, layer),
    })),
  ];
  return junitDocument("turnlab gate", report, suites);
}

function verdictCase(report: GateReport): Case {
  const message = describeGate(report);
  const kind = report.status === "failed" ? "failure" : "error";
  return {
    name: oneLine(report.candidate.file),
    classname: "verdict",
    outcome: report.status === "passed" ? null : { kind, message },
    out: message,
  };
}

function layerCases(report: GateReport, layer: GateLayer): Case[] {
  const findings = findingCases(report, layer);
  const more = layer === "check" ? [] : layer === "probe" ? probeCases(report) : callCases(report);
  const cases = [...findings, ...more];
  if (cases.length > 0) return cases;
  const isReached = report.layers[layer] !== null;
  return [
    {
      name: layer,
      classname: layer,
      outcome: isReached ? null : { kind: "skipped", message: "not reached" },
      ...(isReached ? { out: "nothing found" } : {}),
    },
  ];
}

/** One case for each rule, however often it was broken; its outcome is the worst. */
function findingCases(report: GateReport, layer: GateLayer): Case[] {
  const { fails, already_there, noted } = sortFindings(report);
  const all = [...fails, ...already_there, ...noted].filter((finding) => finding.layer === layer);
  return [...Map.groupBy(all, ({ rule }) => rule)].map(([rule, group]) => {
    const [worst] = group;
    const text = group.map(describeFinding).join("\n\n");
    return {
      name: oneLine(rule),
      classname: layer,
      outcome: worst ? outcomeOf(worst, text) : null,
      ...(worst && outcomeOf(worst, text) === null ? { out: text } : {}),
    };
  });
}

function outcomeOf(finding: GateFinding, text: string): Outcome | null {
  const { verdict } = finding;
  const message = describeHit(finding);
  if (verdict === "fails") return { kind: "failure", message, text };
  // What weighs less than an error fails nowhere: the rule was looked at, and passed.
  if (verdict !== "already_there" || finding.severity !== "error") return null;
  return { kind: "skipped", message: `already there: ${message}`, text };
}

function describeFinding(finding: GateFinding): string {
  const { verdict, reason, fix, evidence, also } = finding;
  return [
    `${describePlace(finding)}: ${verdict === "already_there" ? "already there: " : ""}${describeHit(finding)}`,
    describeRule(finding),
    `why: ${reason}`,
    ...(fix === null ? [] : [`to change: ${fix}`]),
    ...evidence.map((seen) => `seen: ${seen}`),
    ...also.map((told) => `also: ${describeAlso(told, finding)}`),
  ]
    .map(oneLine)
    .join("\n");
}

/** Groups of questions that the candidate answered well; where one is weak its finding says it. */
function probeCases({ probes }: GateReport): Case[] {
  return (Object.keys(PROBE_GROUPS) as ProbeGroup[]).flatMap((group) => {
    const own = probes.candidate.filter((probe) => probe.group === group);
    if (own.length === 0 || own.some(({ verdict }) => verdict === "weak")) return [];
    const told = own.some(({ verdict }) => verdict === "ok");
    const counted = countProbes(own);
    return [
      {
        name: `${group}: ${PROBE_GROUPS[group]}`,
        classname: "probe",
        outcome: told ? null : ({ kind: "skipped", message: counted } as const),
        out: counted,
      },
    ];
  });
}

function callCases(report: GateReport): Case[] {
  if (!hasCalled(report)) {
    const outcome = { kind: "skipped", message: "not reached" } as const;
    return report.cells.map(({ id }) => ({ name: oneLine(id), classname: "calls", outcome }));
  }
  const cells = report.cells.map((cell): Case => {
    const failures = describeFailures(cell.candidate);
    const counted = `candidate ${describeTally(cell.candidate)}, baseline ${describeTally(cell.baseline)}`;
    const message = `${oneLine(cell.who)}: ${describeCellVerdict(cell)}, ${counted}${failures === "" ? "" : ` (${failures})`}`;
    const kinds = { failed: "failure", already_there: "skipped", undecided: openKind(report) } as const;
    const outcome: Outcome | null = cell.verdict === "passed" ? null : { kind: kinds[cell.verdict], message };
    return { name: oneLine(cell.id), classname: "calls", outcome, out: message };
  });
  const differences = report.differences.map((difference): Case => {
    const row = differenceRow(difference);
    const message = DIFFERENCE_HEAD.slice(1)
      .map((title, index) => `${title} ${row[index + 1]}`)
      .join(", ");
    const { verdict, metric } = difference;
    const kind = verdict === "worse" ? "failure" : openKind(report);
    const outcome: Outcome | null = verdict === "worse" || verdict === "undecided" ? { kind, message } : null;
    return { name: DIFFERENCE_METRICS[metric], classname: "differences", outcome, out: message };
  });
  return [...cells, ...differences];
}

/** What was not decided breaks a build only where the whole gate is undecided: else something else has decided it. */
function openKind({ status }: GateReport): "error" | "skipped" {
  return status === "undecided" ? "error" : "skipped";
}
