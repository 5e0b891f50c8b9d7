import { load } from "cheerio";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../lab/model/events.ts";
import { aGrid, gridRun } from "../example-grid.ts";
import {
  exampleRun,
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "../example-run.ts";
import { summarize } from "../summarize.ts";
import { renderHtml } from "./render-html.ts";
import { type ShownSession, unpackSessions } from "./session-data.ts";

const render = (events: readonly RunEvent[]) => renderHtml(summarize(events), events);
const carried = (html: string): Record<string, ShownSession[]> => unpackSessions(load(html)("#sessions").text());

/** Two NATs against each other; one call came to what it must not, and one was not made. */
const A_GRID = gridRun(
  aGrid(["home", "symmetric"]),
  ({ row, column }) => (row === "symmetric" && column === "symmetric" ? "none" : "direct"),
  ({ row, column }) =>
    row === "home" ? (column === "symmetric" ? "none" : undefined) : column === "home" ? "nothing" : undefined,
);

describe("renderHtml", () => {
  const html = render(exampleRun());
  const page = load(html);

  it("is one file: nothing in it is loaded from anywhere", () => {
    const loaded = page("[src], link[href], a[href]")
      .toArray()
      .map((one) => page(one).attr("src") ?? page(one).attr("href"));
    expect(loaded.filter((place) => place !== "data:," && !place?.startsWith("#"))).toEqual([]);
    expect(html).not.toMatch(/@import|url\((?!#)|<iframe|<object/);
    expect(page('meta[http-equiv="Content-Security-Policy"]').attr("content")).toContain("default-src 'none'");
  });

  it("has the verdict and the two targets on top, and the farthest from them named", () => {
    expect(page("header h1").text()).toBe("turnlab: errored");
    const [success, time] = page(".target")
      .toArray()
      .map((one) => page(one).text());
    expect(success).toMatch(/62\.5 %.*not met.*udp-blocked-office, 5 of 8/s);
    expect(time).toMatch(/5150 ms.*not met.*udp-blocked-office/s);
  });

  it("shows what broke or failed before what passed", () => {
    const titles = page("section.scenario h2")
      .toArray()
      .map((one) => page(one).text());
    expect(titles.map((title) => title.split(" ").at(-1))).toEqual([
      "two-carriers",
      "udp-blocked-office",
      "mobile-to-home",
      "wrong-password",
      "never-reached",
    ]);
  });

  it("draws each chart with a sentence for those who do not see it", () => {
    const drawn = page("figure svg[role=img]").toArray();
    expect(drawn.length).toBeGreaterThanOrEqual(6);
    for (const one of drawn) expect(page(one).attr("aria-label"), page(one).parent().parent().text()).toMatch(/\w{3}/);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("carries every finished session, those that failed first", () => {
    const finished = exampleRun().filter((event) => event.type === "session_finished");
    const sessions = Object.values(carried(html)).flat();
    expect(sessions).toHaveLength(finished.length);
    const [first] = carried(html)["udp-blocked-office"] ?? [];
    expect(first?.isBad).toBe(true);
  });

  it("is the same, byte by byte, whenever it is made", () => {
    expect(render(exampleRun())).toBe(html);
  });

  it("takes names and messages as text, whatever stands in them", () => {
    const hostile = "<script>alert(1)</script>\"'--></style>";
    const events = [
      runStarted(hostile),
      scenarioStarted(hostile),
      ...session(failedSession(hostile, 1, "turn_no_answer", hostile)),
      ...session(sessionFinished(hostile, 2)),
      scenarioFinished(hostile, "errored", hostile),
      runFinished(),
    ];
    const made = load(render(events));
    expect(made("script")).toHaveLength(2);
    expect(made("section.scenario h2").text()).toContain(hostile);
    expect(made("[onload], [onerror]")).toHaveLength(0);
  });

  it("shows a grid as cells that open their call", () => {
    const events = A_GRID;
    const made = load(render(events));
    const cells = summarize(events).scenarios.flatMap((scenario) => scenario.cells ?? []);
    expect(made("td.cell")).toHaveLength(cells.length);
    expect(made(".target").text()).toMatch(/not asked.*not asked/s);
    expect(made("td.cell button[data-session]").length).toBe(cells.filter((cell) => cell.session !== null).length);
    for (const status of ["passed", "failed"] as const)
      expect(made(`td.cell.${status}`).length).toBe(cells.filter((cell) => cell.status === status).length);
  });

  it("says no data, and draws nothing, where nothing was measured", () => {
    const made = load(
      render([runStarted("empty"), scenarioStarted("empty"), scenarioFinished("empty"), runFinished()]),
    );
    expect(made(".target").text()).toMatch(/no data.*not met.*no data.*not met/s);
    expect(made("section.scenario .chart svg:not(.topology)")).toHaveLength(0);
  });

  it("makes a page of a log that ends anywhere", () => {
    const events = exampleRun();
    for (let length = 1; length <= events.length; length += 7) {
      expect(load(render(events.slice(0, length)))("header h1").text()).toMatch(/^turnlab: /);
    }
  });
});
