import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "cheerio";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import { capacityJsonSchema } from "./capacity-schema.ts";
import { CAPACITY_RENDERERS } from "./index.ts";

/** Reports that lab/capacity makes of logs of runs that never were: its tests write these files. */
const NAMES = [
  "found",
  "limited-by-a-quota",
  "limited-by-the-NIC",
  "limited-by-the-generator",
  "never-passed",
  "interrupted",
  "errored",
] as const;
const SCREEN = { color: false, width: 110 };

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
const reportOf = (name: (typeof NAMES)[number]) => JSON.parse(read(`golden/${name}.json`)) as CapacityReport;
const render = (report: CapacityReport, format: keyof typeof CAPACITY_RENDERERS) =>
  CAPACITY_RENDERERS[format](report, SCREEN);

describe.each(NAMES)("a run that is %s", (name) => {
  const report = reportOf(name);

  it.each([
    ["terminal", "txt"],
    ["markdown", "md"],
  ] as const)("reads as ever in %s", async (format, extension) => {
    await expect(render(report, format)).toMatchFileSnapshot(`golden/${name}.${extension}`);
  });

  it("answers in its first line", () => {
    const [first = ""] = render(report, "terminal").split("\n");
    expect(report.answer.startsWith(first.slice(2))).toBe(true);
    expect(first).toMatch(/^[✓✗?!-] turnserver\.conf on /);
    expect(render(report, "markdown")).toMatch(/^## turnserver/);
  });

  it("is JSON as its schema says, and nothing is lost", () => {
    const json: unknown = JSON.parse(render(report, "json"));
    expectSchema(json);
    expect(json).toEqual(report);
  });

  it("fits a line", () => {
    for (const line of render(report, "terminal").split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe("capacity.schema.json", () => {
  it("is what capacity-schema.ts makes", async () => {
    await expect(capacityJsonSchema()).toMatchFileSnapshot("capacity.schema.json");
  });

  it("refuses what is no report", () => {
    const json = reportOf("found");
    const validate = new Ajv2020({ formats: { "date-time": true } }).compile(JSON.parse(read("capacity.schema.json")));
    expect(validate({ ...json, more: "beside" })).toBe(true);
    expect(validate({ ...json, status: "fine" })).toBe(false);
    expect(validate({ ...json, knee: undefined })).toBe(false);
    expect(validate({ ...json, constraint: "weather" })).toBe(false);
    expect(validate({ ...json, schemaVersion: 2 })).toBe(false);
  });
});

/** Markup of each format, of terminals, and what none of them can hold. */
const HOSTILE =
  "a|b`c*d_e</details><script>alert(1)</script>]]>\"'&\u001b[31m\u0000\r\n::error::x\n# h\u202e\ud800\ufffe -->";

describe("hostile names", () => {
  const report = hostile(reportOf("found"));

  it("cannot steer a terminal", () => {
    const text = render(report, "terminal");
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
    expect(text.split("\n").some((line) => line.startsWith("::error") || line.startsWith("# h"))).toBe(false);
  });

  it("show as themselves in Markdown", () => {
    const page = load(
      micromark(render(report, "markdown"), {
        allowDangerousHtml: true,
        extensions: [gfm()],
        htmlExtensions: [gfmHtml()],
      }),
    );
    expect(page("script, img, a, h1, pre")).toHaveLength(0);
    expect(page("h2")).toHaveLength(1);
    const clean = load(
      micromark(render(reportOf("found"), "markdown"), { extensions: [gfm()], htmlExtensions: [gfmHtml()] }),
    );
    expect(page("tr").length).toBe(clean("tr").length);
    expect(page("td").length).toBe(clean("td").length);
  });

  it("are JSON", () => {
    expectSchema(JSON.parse(render(report, "json")));
  });
});

/** Every text that comes from outside: names, evidence, reasons, notes. */
function hostile(report: CapacityReport): CapacityReport {
  const { plan } = report;
  return {
    ...report,
    answer: HOSTILE,
    server: { file: HOSTILE, image: { reference: HOSTILE, id: "x" }, version: HOSTILE },
    evidence: [HOSTILE],
    also: [{ constraint: "router", weight: 0.5, evidence: HOSTILE }],
    notes: [HOSTILE],
    noise: [HOSTILE],
    curve: report.curve.map((point) => ({ ...point, reasons: [HOSTILE] })),
    others: report.others.map((other) => ({ ...other, name: HOSTILE })),
    plan: plan && {
      ...plan,
      currency: HOSTILE,
      machines: plan.machines.map((machine) => ({
        ...machine,
        machine: HOSTILE,
        source: { source: HOSTILE, date: "" },
      })),
      services: plan.services.map((service) => ({
        ...service,
        name: HOSTILE,
        how: HOSTILE,
        source: { source: HOSTILE, date: "" },
      })),
      notes: [HOSTILE],
    },
  };
}

function expectSchema(json: unknown): void {
  const ajv = new Ajv2020({ formats: { "date-time": true } });
  const validate = ajv.compile(JSON.parse(read("capacity.schema.json")));
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
}
