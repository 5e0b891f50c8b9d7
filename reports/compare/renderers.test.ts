import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "cheerio";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../lab/model/events.ts";
import { exampleRun } from "../example-run.ts";
import { expectOneFile, wordsOf } from "../html/page/test-page.ts";
import { compareRuns } from "./compare-runs.ts";
import { type Comparison, comparisonJsonSchema } from "./comparison.ts";
import { manyRuns, twoRuns } from "./example-runs.ts";
import { COMPARE_RENDERERS } from "./index.ts";
import { factsOfLog, type RunFacts } from "./run-facts.ts";
import { renderTrendHtml } from "./trend-html.ts";

const SCREEN = { color: false, width: 100 };
const SKIPPED = [{ run: "broken", reason: "line 7: expected one JSON event, found no event type" }];

const of = (runs: RunFacts[]): Comparison => compareRuns(runs[0] as RunFacts, runs, SKIPPED);
const COMPARISONS = { two: of(twoRuns()), many: of(manyRuns()) };
const NAMES = ["two", "many"] as const;
const render = (comparison: Comparison, format: keyof typeof COMPARE_RENDERERS) =>
  COMPARE_RENDERERS[format](comparison, SCREEN);

describe.each(NAMES)("a comparison of %s runs", (name) => {
  const comparison = COMPARISONS[name];

  it.each([
    ["terminal", "txt"],
    ["markdown", "md"],
  ] as const)("reads as ever in %s", async (format, extension) => {
    await expect(render(comparison, format)).toMatchFileSnapshot(`golden/${name}.${extension}`);
  });

  it("reads as ever in its page", async () => {
    await expect(wordsOf(render(comparison, "html"))).toMatchFileSnapshot(`golden/${name}.html.txt`);
  });

  it("is JSON as its schema says, and nothing is lost", () => {
    const json: unknown = JSON.parse(render(comparison, "json"));
    expectSchema(json);
    expect(json).toEqual(comparison);
  });

  it("never calls what was not shown to differ the same", () => {
    for (const format of ["terminal", "markdown"] as const)
      expect(render(comparison, format)).not.toMatch(/unchanged|no change|identical|equal to/i);
  });

  it("has charts with a sentence each, and loads nothing", () => {
    expectPage(render(comparison, "html"));
  });
});

describe("a trend", () => {
  const html = renderTrendHtml(COMPARISONS.many);

  it("reads as ever", async () => {
    await expect(wordsOf(html)).toMatchFileSnapshot("golden/trend.html.txt");
  });

  it("has every run and every change on its axis", () => {
    const page = expectPage(html);
    expect(page("section h2").first().text()).toBe("mobile-to-home");
    const [chart] = page("figure svg").toArray();
    const texts = page(chart)
      .find("text")
      .toArray()
      .map((one) => page(one).text());
    expect(texts).toEqual(expect.arrayContaining(["1", "2", "03-14 09:26", "03-19 09:26"]));
  });
});

describe("compare.schema.json", () => {
  it("is what comparison.ts makes", async () => {
    await expect(comparisonJsonSchema()).toMatchFileSnapshot("compare.schema.json");
  });

  it("refuses what is no comparison, and takes more keys", () => {
    const validate = new Ajv2020({ formats: { "date-time": true } }).compile(JSON.parse(comparisonJsonSchema()));
    const json = COMPARISONS.two;
    expect(validate({ ...json, more: "beside" })).toBe(true);
    expect(validate({ ...json, schemaVersion: 2 })).toBe(false);
    expect(validate({ ...json, baseline: undefined })).toBe(false);
  });
});

describe("hostile names", () => {
  const HOSTILE = "a|b`c*d_e</h2><script>alert(1)</script>\"'&\u001b[31m\r\n::error::x\n# h\u202e";
  const renamed = (events: readonly RunEvent[]): RunEvent[] =>
    JSON.parse(JSON.stringify(events).replaceAll("mobile-to-home", JSON.stringify(HOSTILE).slice(1, -1)));
  const facts = (name: string) => factsOfLog(name, renamed(exampleRun()));
  const comparison = of([facts(HOSTILE), facts(`${HOSTILE}2`), facts(`${HOSTILE}3`)]);

  it("cannot steer a terminal", () => {
    const text = render(comparison, "terminal");
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
    expect(text.split("\n").some((line) => line.startsWith("::error") || line.startsWith("# h"))).toBe(false);
  });

  it("show as themselves in Markdown and in pages", () => {
    const extensions = { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true };
    const markdown = load(micromark(render(comparison, "markdown"), extensions));
    expect(markdown("script, img, a, h1, pre")).toHaveLength(0);
    for (const html of [render(comparison, "html"), renderTrendHtml(comparison)]) {
      const page = load(html);
      expect(page("script")).toHaveLength(1);
      expect(page("[onload], [onerror]")).toHaveLength(0);
      expect(page("main").text()).toContain("<script>alert(1)</script>");
    }
  });
});

function expectPage(html: string) {
  const page = load(html);
  expectOneFile(html);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
  const drawn = page("figure svg[role=img]").toArray();
  expect(drawn.length).toBeGreaterThan(1);
  for (const one of drawn) expect(page(one).attr("aria-label")).toMatch(/\w{3}/);
  return page;
}

function expectSchema(json: unknown): void {
  const schema: unknown = JSON.parse(readFileSync(new URL("compare.schema.json", import.meta.url), "utf8"));
  const validate = new Ajv2020({ formats: { "date-time": true } }).compile(schema as object);
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
}
