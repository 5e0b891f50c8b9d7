import { create } from "xmlbuilder2";
import { oneLine } from "./format.ts";

export type Outcome = { kind: "failure" | "error" | "skipped"; message: string; text?: string };

export type Case = {
  name: string;
  classname: string;
  /** Null: passed. */
  outcome: Outcome | null;
  out?: string;
};

export type Suite = { name: string; seconds: number; cases: Case[] };

/** JUnit's XML as CI servers read it (Jenkins' junit-10.xsd). `startedAt`: ISO 8601. */
export function junitDocument(
  name: string,
  { startedAt, durationMs }: { startedAt: string; durationMs: number | null },
  suites: readonly Suite[],
): string {
  const all = suites.flatMap(({ cases }) => cases);
  // XML 1.0 has no place for control characters and halves of characters, not even escaped.
  const root = create({ version: "1.0", encoding: "UTF-8", invalidCharReplacement: "\ufffd" }).ele("testsuites", {
    name,
    ...countsOf(all),
    time: seconds((durationMs ?? 0) / 1000),
  });
  for (const suite of suites) {
    const element = root.ele("testsuite", {
      name: suite.name,
      ...countsOf(suite.cases),
      skipped: count(suite.cases, "skipped"),
      time: seconds(suite.seconds),
      timestamp: startedAt.replace(/\.\d+Z?$|Z$/, ""),
    });
    for (const one of suite.cases) {
      const { classname, outcome, out } = one;
      const item = element.ele("testcase", { name: one.name, classname, time: "0" });
      if (outcome) {
        const type = outcome.kind === "skipped" ? {} : { type: outcome.kind };
        const child = item.ele(outcome.kind, { message: oneLine(outcome.message), ...type });
        if (outcome.text) child.txt(outcome.text);
      }
      if (out) item.ele("system-out").txt(out);
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

const count = (cases: readonly Case[], kind: Outcome["kind"]) =>
  String(cases.filter(({ outcome }) => outcome?.kind === kind).length);

function countsOf(cases: readonly Case[]): Record<string, string> {
  return { tests: String(cases.length), failures: count(cases, "failure"), errors: count(cases, "error") };
}

const seconds = (value: number) => value.toFixed(3);
