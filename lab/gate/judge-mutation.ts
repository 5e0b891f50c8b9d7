import type { GateReport, ToldFinding } from "../model/gate.ts";
import type { GateFault, MutationResult } from "../model/gate-mutation.ts";
import { linesOf } from "./edit-config.ts";

type Judged = Pick<MutationResult, "kind" | "outcome" | "finding" | "reason">;

/** Whether the gate has caught this fault, and for what it is. `text`: the changed file. */
export function judgeFault(fault: GateFault, text: string, report: Pick<GateReport, "status" | "findings">): Judged {
  const { status, findings } = report;
  const kind = "fault" as const;
  if (status === "passed") return { kind, outcome: "missed", finding: null, reason: namesOf(fault) };
  if (status !== "failed") return { ...unsettled(report), kind };
  // Of one cause there are several names.
  const failing = findings.flatMap((one) => [one, ...one.also]).filter(({ verdict }) => verdict === "fails");
  const named = failing.filter(({ layer, rule }) => fault.caught[layer]?.some((name) => fits(name, rule)));
  const lines = faultLines(fault, text);
  // A running server does not always tell of which line it suffers; a line that is named must be the right one.
  const isRight = ({ layer, place: { line } }: ToldFinding) =>
    lines === null || (line === null ? layer !== "check" : lines.includes(line));
  const pointed = named.find(isRight);
  if (pointed) return { kind, outcome: "caught", finding: shown(pointed), reason: null };
  const [nearest = null] = [...named, ...failing];
  return { kind, outcome: "misnamed", finding: nearest && shown(nearest), reason: namesOf(fault, lines) };
}

/** Whether the gate has let this edit through. */
export function judgeHarmless(report: Pick<GateReport, "status" | "findings">): Judged {
  const kind = "harmless" as const;
  const failing = report.findings.find(({ verdict }) => verdict === "fails");
  if (report.status === "passed") return { kind, outcome: "passed", finding: null, reason: null };
  if (report.status !== "failed") return { ...unsettled(report), kind };
  return { kind, outcome: "false_alarm", finding: failing ? shown(failing) : null, reason: null };
}

/** Numbers of the lines that a fault has, in the changed file; null where it has none. */
export function faultLines({ line }: Pick<GateFault, "line">, text: string): number[] | null {
  return line === null ? null : [line].flat().flatMap((ref) => linesOf(text, ref));
}

function unsettled({ status }: Pick<GateReport, "status">): Omit<Judged, "kind"> {
  const outcome = status === "undecided" ? "undecided" : "errored";
  return { outcome, finding: null, reason: status };
}

/** `*` stands for any characters. */
function fits(name: string, rule: string): boolean {
  const parts = name.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(rule);
}

function namesOf({ caught }: GateFault, lines: readonly number[] | null = null): string {
  const layers = Object.entries(caught).map(([layer, names]) => `${layer}: ${names.join(", ")}`);
  return `expected ${layers.join("; or ")}${lines === null ? "" : `, with line ${lines.join(" or ")}`}`;
}

function shown({ layer, rule, place, what }: ToldFinding): NonNullable<MutationResult["finding"]> {
  return { layer, rule, line: place.line, what };
}
