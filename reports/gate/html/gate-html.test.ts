import { load } from "cheerio";
import { describe, expect, it } from "vitest";
import type { GateReport } from "../../../lab/model/gate.ts";
import { expectOneFile, wordsOf } from "../../html/page/test-page.ts";
import { aCell, aFinding, aProbe, aReport, aTally, EXAMPLE_GATES, evidenceOf } from "../example-gate.ts";
import { renderGateHtml } from "./gate-html.ts";

const render = (report: GateReport) => renderGateHtml(report, evidenceOf(report));
const EXAMPLES = Object.entries(EXAMPLE_GATES).map(([name, build]) => [name, build()] as const);
const HOSTILE = `<script>alert(1)</script>"'&</details><b onclick=x>\u202e`;

describe.each(EXAMPLES)("gate.html of a gate that is %s", (name, report) => {
  const html = render(report);

  it("reads as ever", async () => {
    await expect(wordsOf(html)).toMatchFileSnapshot(`../golden/${name.replaceAll(" ", "-")}.html.txt`);
  });

  it("is one file, and the same bytes again", () => {
    expectOneFile(html);
    expect(render(report)).toBe(html);
  });

  it("has its verdict on top, and what breaks before all else", () => {
    const page = load(html);
    expect(page("h1").text()).toBe(`turnlab gate: ${report.status}`);
    const fails = report.findings.filter(({ verdict }) => verdict === "fails");
    expect(page("#breaks").length).toBe(fails.length > 0 ? 1 : 0);
    if (fails.length > 0) expect(page("main section").first().find("h2").attr("id")).toBe("breaks");
    expect(page("section[aria-labelledby=breaks] article")).toHaveLength(fails.length);
  });
});

describe("what gate.html shows", () => {
  it("is the line with its neighbours, and what changed", () => {
    const page = load(render(EXAMPLE_GATES["failed at check"]()));
    const box = page("article.fails .lines").first();
    expect(box.find(".at").text()).toBe("12▶ tls-listening-port=5349");
    expect(box.children()).toHaveLength(5);
    const config = page("section[aria-labelledby=config]");
    expect(config.find(".removed").text()).toBe("12− tls-listening-port=443");
    expect(config.find(".added").text()).toBe("12+ tls-listening-port=5349");
  });

  it("does without lines where the log has none", () => {
    const report = EXAMPLE_GATES["failed at check"]();
    const page = load(renderGateHtml(report, { ...evidenceOf(report), configs: {} }));
    expect(page("article.fails .at, #config")).toHaveLength(0);
    expect(page("article.fails").text()).toContain("new/turnserver.conf:12");
  });

  it("is each kind of call in its place, which leads to its course", () => {
    const page = load(render(EXAMPLE_GATES["failed in calls"]()));
    const cells = page(".matrix .cell").toArray();
    expect(cells.map((one) => page(one).attr("class"))).toEqual(["cell passed", "cell failed", "cell undecided"]);
    const [, failed] = cells;
    expect(page(failed).text()).toMatch(/✗ 0\/9, failed, 0–30 %baseline 9\/9/);
    const course = page(`${page(failed).find("a").attr("href")} svg`).attr("aria-label");
    expect(course).toContain("The sequential test of udp-blocked");
    expect(page("section[aria-labelledby=differences] svg").attr("aria-label")).toContain("worse by over 25 %");
  });

  it("is text, whatever names are", () => {
    const plain = aReport({
      findings: [aFinding()],
      cells: [aCell("home", { candidate: aTally(60, 60) })],
      notes: ["note"],
    });
    const report: GateReport = {
      ...plain,
      verdict: HOSTILE,
      candidate: { ...plain.candidate, file: HOSTILE },
      baseline: { file: HOSTILE, image: null, version: HOSTILE },
      findings: [aFinding({ affects: HOSTILE, what: HOSTILE, reason: HOSTILE, fix: HOSTILE, evidence: [HOSTILE] })],
      cells: [aCell("home", { id: HOSTILE, who: HOSTILE, urls: [HOSTILE], candidate: aTally(60, 60) })],
      probes: { candidate: [aProbe({ title: HOSTILE, observed: HOSTILE, verdict: "weak" })], baseline: [] },
      notes: [HOSTILE],
    };
    const evidence = { ...evidenceOf(report), configs: { candidate: [HOSTILE], baseline: [`other ${HOSTILE}`] } };
    const html = renderGateHtml(report, evidence);
    const page = load(html);
    expect(page("script")).toHaveLength(1);
    expect(page("[onclick]")).toHaveLength(0);
    expect(page("main").text()).toContain(HOSTILE);
    expectOneFile(html);
  });
});
