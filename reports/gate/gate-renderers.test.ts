import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "cheerio";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { GateReport } from "../../lab/model/gate.ts";
import { expectJunit } from "../test-junit.ts";
import { aCell, aFinding, aProbe, aReport, aTally, EXAMPLE_GATES, type ExampleGate } from "./example-gate.ts";
import { gateJsonSchema } from "./gate-schema.ts";
import { GATE_RENDERERS } from "./index.ts";

const SCREEN = { color: false, width: 100 };
const EXAMPLES = Object.entries(EXAMPLE_GATES).map(([name, build]) => [name, build()] as const);
const EXTENSIONS = { terminal: "txt", markdown: "md", junit: "xml" } as const;

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
const render = (report: GateReport, format: keyof typeof GATE_RENDERERS) => GATE_RENDERERS[format](report, SCREEN);

describe.each(EXAMPLES)("a gate that is %s", (name, report) => {
  it.each(Object.entries(EXTENSIONS))("reads as ever in %s", async (format, extension) => {
    const file = `golden/${name.replaceAll(" ", "-")}.${extension}`;
    await expect(render(report, format as keyof typeof EXTENSIONS)).toMatchFileSnapshot(file);
  });

  it("has its verdict in the first line", () => {
    const [first = ""] = render(report, "terminal").split("\n");
    expect(first.toLowerCase()).toContain(report.status === "errored" ? "the lab broke" : report.status);
  });

  it("is JUnit, with as many cases as it says", () => {
    const text = render(report, "junit");
    expect(expectJunit(text)).toBe(4);
    const broken = /<(failure|error) /.test(text);
    expect(broken).toBe(report.status !== "passed");
  });

  it("is JSON as its schema says, and nothing is lost", () => {
    const json: unknown = JSON.parse(render(report, "json"));
    expectSchema(json);
    expect(json).toEqual(report);
  });
});

describe("gate.schema.json", () => {
  it("is what gate-schema.ts makes", async () => {
    await expect(gateJsonSchema()).toMatchFileSnapshot("gate.schema.json");
  });

  it("refuses what is no report", () => {
    const json = JSON.parse(render(aReport(), "json")) as Record<string, unknown>;
    const validate = new Ajv2020({ formats: { "date-time": true } }).compile(JSON.parse(read("gate.schema.json")));
    expect(validate({ ...json, more: "beside" })).toBe(true);
    expect(validate({ ...json, status: "fine" })).toBe(false);
    expect(validate({ ...json, cells: undefined })).toBe(false);
    expect(validate({ ...json, schemaVersion: 2 })).toBe(false);
  });
});

/** Markup of each format, of terminals, and what none of them can hold. */
const HOSTILE =
  "a|b`c*d_e</details><script>alert(1)</script>]]>\"'&\u001b[31m\u0000\r\n::error::x\n# h\u202e\ud800\ufffe -->";

describe("hostile names", () => {
  const report = hostileReport();

  it("cannot steer a terminal", () => {
    const text = render(report, "terminal");
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
    expect(text.split("\n").some((line) => line.startsWith("::error") || line.startsWith("# h"))).toBe(false);
  });

  it("show as themselves in Markdown", () => {
    const text = render(report, "markdown");
    const [marker = ""] = text.split("\n");
    expect(text.indexOf("-->") + 3).toBe(marker.length);
    const page = load(html(text));
    expect(page("script, img, a, h1, pre")).toHaveLength(0);
    expect(page("h2")).toHaveLength(1);
    expect(
      page("table")
        .toArray()
        .map((one) => page(one).find("tbody tr").length),
    ).toEqual([1, 4]);
    expect(page("tbody tr").first().find("td").first().text()).toContain(
      "a|b`c*d_e</details><script>alert(1)</script>",
    );
    expect(
      page("details summary")
        .toArray()
        .map((one) => page(one).text()),
    ).toEqual([
      "Already there: the baseline has it too (1)",
      "Noted (1)",
      "Probes of the candidate (1)",
      "Notes (1)",
      "This gate, and how to repeat it",
    ]);
    expect(page("body > details")).toHaveLength(5);
  });

  it("are well-formed XML", () => {
    const text = render(report, "junit");
    expect(expectJunit(text)).toBe(4);
    expect(text).not.toContain("<script>");
  });

  it("are JSON", () => {
    expectSchema(JSON.parse(render(report, "json")));
  });
});

describe("a report without an end", () => {
  it("still fits a comment, its verdict and first failure included, and closes what it opens", () => {
    const long = "x|<&".repeat(1_000);
    const findings = Array.from({ length: 300 }, (_, index) =>
      aFinding({
        key: `f${index}`,
        rule: `rule-${index}`,
        what: long,
        evidence: Array.from({ length: 20 }, () => long),
        verdict: index % 2 ? "fails" : "already_there",
      }),
    );
    const cells = Array.from({ length: 500 }, (_, index) => aCell("home", { id: `home ${index} ${long}` }));
    const notes = Array.from({ length: 500 }, () => long);
    const text = render(aReport({ status: "failed", verdict: long, findings, cells, notes }), "markdown");
    expect(text.length).toBeLessThan(65_536);
    expect(text.length).toBeGreaterThan(40_000);
    expect(text).toContain("rule-1 ");
    expect(text.match(/more items?: see gate\.json/g)?.length).toBeGreaterThan(2);
    const page = load(html(text));
    expect(page("body > details")).toHaveLength(5);
    expect(page("details details")).toHaveLength(0);
  });
});

describe("secrets", () => {
  it("go nowhere, even where a profile still has one", () => {
    const report = aReport();
    const iceServers = [{ urls: "turn:34.77.1.10:3478", username: "alice", credential: "hunter2" }];
    const leaking = { ...report, profile: { ...report.profile, iceServers } };
    for (const format of ["terminal", "markdown", "junit", "json"] as const) {
      expect(render(leaking, format)).not.toMatch(/hunter2|alice/);
    }
  });
});

it("says no difference where it is noise", () => {
  const text = render(aReport(), "terminal");
  expect(text).toMatch(/calls in time .* none$/m);
  expect(text).toMatch(/server CPU per call .* within 25 %$/m);
});

it("counts probes, and shows what is weak where there is room for it", () => {
  const report = EXAMPLE_GATES["failed at probe" satisfies ExampleGate]();
  expect(render(report, "terminal")).toContain("candidate: 3 questions: 1 ok, 2 weak");
  expect(render(report, "markdown")).toMatch(/a listener behind it received the\s+packet/);
});

it("keeps lines of a turnserver.conf apart", () => {
  const fix = "denied-peer-ip=10.0.0.0-10.255.255.255\ndenied-peer-ip=172.16.0.0-172.31.255.255";
  const report = aReport({ findings: [aFinding({ fix })] });
  const [first = "", second = ""] = fix.split("\n");
  expect(render(report, "terminal")).toMatch(new RegExp(`to change: ${first}\n +${second}\n`));
  expect(render(report, "markdown")).toContain(`\`${first}\`<br>\`${second}\``);
});

/** As GitHub makes a page of it. */
function html(markdown: string): string {
  return micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
}

function hostileReport(): GateReport {
  const finding = aFinding({
    rule: HOSTILE,
    affects: HOSTILE,
    what: HOSTILE,
    reason: HOSTILE,
    fix: HOSTILE,
    evidence: [HOSTILE],
    place: { file: HOSTILE, line: 3 },
  });
  const candidate = { file: HOSTILE, image: { reference: HOSTILE, id: "x" }, version: HOSTILE };
  return aReport({
    status: "failed",
    verdict: HOSTILE,
    candidate,
    baseline: candidate,
    findings: [finding, { ...finding, verdict: "already_there" }, { ...finding, verdict: "noted", layer: "calls" }],
    cells: [aCell("home", { id: HOSTILE, who: HOSTILE, candidate: aTally(3, 4), verdict: "failed" })],
    probes: {
      candidate: [aProbe({ verdict: "weak", title: HOSTILE, url: HOSTILE, observed: HOSTILE })],
      baseline: [],
    },
    notes: [HOSTILE],
  });
}

function expectSchema(json: unknown): void {
  const ajv = new Ajv2020({ formats: { "date-time": true } });
  const validate = ajv.compile(JSON.parse(read("gate.schema.json")));
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
}
