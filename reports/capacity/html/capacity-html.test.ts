import { readFileSync } from "node:fs";
import { load } from "cheerio";
import { describe, expect, it } from "vitest";
import type { CapacityReport } from "../../../lab/model/capacity-report.ts";
import { expectOneFile, wordsOf } from "../../html/page/test-page.ts";
import { coursesOf } from "../example-courses.ts";
import { renderCapacityHtml } from "./capacity-html.ts";

const NAMES = ["found", "limited-by-the-generator", "never-passed", "interrupted", "errored"] as const;
const reportOf = (name: (typeof NAMES)[number]): CapacityReport =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
const render = (report: CapacityReport) => renderCapacityHtml(report, coursesOf(report));
const HOSTILE = `<script>alert(1)</script>"'&</details><b onclick=x>\u202e`;

describe.each(NAMES)("capacity.html of a run that is %s", (name) => {
  const report = reportOf(name);
  const html = render(report);

  it("reads as ever", async () => {
    await expect(wordsOf(html)).toMatchFileSnapshot(`../golden/${name}.html.txt`);
  });

  it("is one file, and the same bytes again", () => {
    expectOneFile(html);
    expect(render(report)).toBe(html);
  });

  it("answers on top", () => {
    expect(load(html)(".verdict").text()).toBe(report.answer);
  });
});

describe("what capacity.html shows", () => {
  const page = load(render(reportOf("found")));

  it("is the knee and what bound as the headline", () => {
    const { knee } = reportOf("found");
    expect(page("h1").text()).toBe(`turnlab capacity: ${knee.calls} calls, bound by server CPU`);
    expect(page("h1 .status").attr("class")).toBe("status found");
  });

  it("is no capacity where the generator bound", () => {
    const refused = load(render(reportOf("limited-by-the-generator")));
    expect(refused("header .refused").text()).toContain("This is no capacity");
    expect(refused("h1").text()).not.toMatch(/\d/);
    expect(page(".refused")).toHaveLength(0);
  });

  it("is the curve with limits and knee, against the same loads", () => {
    const charts = page("section[aria-labelledby=curve] svg").toArray();
    expect(charts).toHaveLength(5);
    const { knee } = reportOf("found");
    for (const chart of charts) expect(page(chart).attr("aria-label")).toContain(`at the knee of ${knee.calls} calls`);
    expect(page(charts[2]).attr("aria-label")).toContain("limit 1");
  });

  it("sets what was measured apart from what was not", () => {
    const tables = page("section[aria-labelledby=plan] table").toArray().slice(0, 2);
    const bases = tables.map((one) => [
      ...new Set(
        page(one)
          .find(".basis")
          .toArray()
          .map((badge) => page(badge).text()),
      ),
    ]);
    expect(bases[0]).toEqual(["measured"]);
    expect(bases[1]).not.toContain("measured");
    expect(bases[1]?.length).toBeGreaterThan(0);
  });

  it("is text, whatever names are", () => {
    const plain = reportOf("found");
    const { plan } = plain;
    const report: CapacityReport = {
      ...plain,
      answer: HOSTILE,
      server: { file: HOSTILE, image: { reference: HOSTILE, id: "x" }, version: HOSTILE },
      evidence: [HOSTILE],
      notes: [HOSTILE],
      noise: [HOSTILE],
      curve: plain.curve.map((point) => ({ ...point, reasons: [HOSTILE] })),
      others: plain.others.map((other) => ({ ...other, name: HOSTILE })),
      plan: plan && {
        ...plan,
        currency: HOSTILE,
        machines: plan.machines.map((one) => ({ ...one, machine: HOSTILE, source: { source: HOSTILE, date: "" } })),
        services: plan.services.map((one, index) => ({ ...one, name: `${HOSTILE}${index}`, how: HOSTILE })),
      },
    };
    const html = render(report);
    const hostile = load(html);
    expect(hostile("script")).toHaveLength(1);
    expect(hostile("[onclick]")).toHaveLength(0);
    expect(hostile("main").text()).toContain(HOSTILE);
    expectOneFile(html);
  });
});
