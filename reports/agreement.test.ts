import { describe, expect, it } from "vitest";
import type { PeerEngine } from "../lab/model/engine.ts";
import type { EngineDifference } from "../lab/model/engine-difference.ts";
import type { RunEvent } from "../lab/model/events.ts";
import type { CellOutcome, CellPlace, GridScenario } from "../lab/model/grid.ts";
import { exitCodeOf } from "../lab/model/summary.ts";
import { aGrid, type Came, gridEvents } from "./example-grid.ts";
import { containerDied, runFinished, runStarted } from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const known: EngineDifference = {
  engine: "firefox",
  where: [{ rows: ["symmetric"], columns: ["full-cone"] }],
  comesTo: "relayed",
  why: "It never asks twice.",
  source: "nICEr, ice_component.c",
};

const expected = ({ row, column }: CellPlace): CellOutcome =>
  [row, column].every((name) => name === "symmetric") ? "none" : "direct";
const at = (row: string, column: string, outcome: Came) => (place: CellPlace) =>
  place.row === row && place.column === column ? outcome : undefined;
const asComputed = () => undefined;

function gridOf(engine: PeerEngine, differences: EngineDifference[] = [known]): GridScenario {
  const { peers, ...grid } = aGrid(["full-cone", "symmetric"]);
  const withEngine = Object.entries(peers).map(([name, peer]) => [name, { ...peer, engine }]);
  return { ...grid, peers: Object.fromEntries(withEngine), comparedAs: "nat-grid", differences };
}

type Runs = Partial<Record<PeerEngine, (place: CellPlace) => Came | undefined>>;
function eventsOf(runs: Runs, differences?: EngineDifference[]): RunEvent[] {
  const all = Object.entries(runs) as [PeerEngine, NonNullable<Runs[PeerEngine]>][];
  const names = all.map(([engine]) => `grid-${engine}`);
  const events = all.flatMap(([engine, came]) =>
    gridEvents(`grid-${engine}`, gridOf(engine, differences), expected, came),
  );
  return [runStarted(...names), ...events, runFinished()];
}
const summaryOf = (runs: Runs, differences?: EngineDifference[]) => summarize(eventsOf(runs, differences));
const verdicts = (runs: Runs, differences?: EngineDifference[]) =>
  summaryOf(runs, differences).agreement[0]?.cells.map(({ verdict }) => verdict);

const explained = at("symmetric", "full-cone", "relayed");

describe("grids that ran with several engines", () => {
  it("agree where all came to the same, with how long each took", () => {
    const { agreement, status } = summaryOf({ firefox: asComputed, werift: asComputed }, []);
    expect(status).toBe("passed");
    expect(agreement).toHaveLength(1);
    const [one] = agreement;
    expect(one?.scenarios).toEqual({ werift: "grid-werift", firefox: "grid-firefox" });
    expect(one?.cells.map(({ verdict }) => verdict)).toEqual(["agreed", "agreed", "agreed", "agreed"]);
    expect(one?.times).toEqual([
      { outcome: "direct", cells: 3, med: { werift: 402, firefox: 402 } },
      { outcome: "none", cells: 1, med: { werift: 900, firefox: 900 } },
    ]);
  });

  it("differ with an explanation, which fails nothing", () => {
    const { agreement, scenarios, status } = summaryOf({ werift: asComputed, firefox: explained });
    expect(status).toBe("passed");
    expect(agreement[0]?.cells[2]).toMatchObject({
      ...{ row: "symmetric", column: "full-cone", expected: "direct", verdict: "explained" },
      engines: {
        werift: { observed: "direct", status: "passed", pair: "srflx-srflx", connectTimeMs: 403, session: 3 },
        firefox: {
          ...{ observed: "relayed", status: "explained", pair: "relay-prflx", session: 3 },
          reason: "firefox: It never asks twice. (nICEr, ice_component.c)",
        },
      },
    });
    expect(agreement[0]?.times[0]).toMatchObject({ outcome: "direct", cells: 2 });
    expect(agreement[0]?.unseen).toEqual([]);
    expect(scenarios.map(({ violations }) => violations)).toEqual([{}, {}]);
  });

  it("fail where nothing explains it: another cell, another outcome, another engine", () => {
    for (const runs of [
      { werift: asComputed, firefox: at("full-cone", "symmetric", "relayed") },
      { werift: asComputed, firefox: at("symmetric", "full-cone", "none") },
      { werift: explained, firefox: asComputed },
    ] satisfies Runs[]) {
      const { agreement, status } = summaryOf(runs);
      expect(agreement[0]?.cells.filter(({ verdict }) => verdict === "unexplained")).toHaveLength(1);
      expect([status, exitCodeOf(status)]).toEqual(["failed", 99]);
    }
  });

  it("tell a known difference that nothing shows any more, unless no call could", () => {
    expect(summaryOf({ werift: asComputed, firefox: asComputed }).agreement[0]?.unseen).toEqual([known]);
    const uncalled = { werift: asComputed, firefox: at("symmetric", "full-cone", "nothing") };
    expect(summaryOf(uncalled).agreement[0]?.unseen).toEqual([]);
    expect(verdicts(uncalled)?.[2]).toBe("no_data");
    expect(summaryOf({ werift: asComputed, chromium: asComputed }).agreement[0]?.unseen).toEqual([]);
  });

  it("are explained only so far by what an engine does now and then", () => {
    const seldom: EngineDifference = { ...known, where: [{ computed: ["direct"] }], atMost: 0.34 };
    // Three cells are computed to be direct; of these two at most.
    const inRow = (count: number) => (place: CellPlace) =>
      [place.row, place.column].filter((name) => name === "full-cone").length >= 3 - count ? "relayed" : undefined;
    const runs = (count: number): Runs => ({ werift: asComputed, firefox: inRow(count) });
    expect(verdicts(runs(1), [seldom])).toEqual(["explained", "agreed", "agreed", "agreed"]);
    expect(verdicts(runs(2), [seldom])).toEqual(["unexplained", "unexplained", "unexplained", "agreed"]);
    const { scenarios } = summaryOf(runs(2), [seldom]);
    expect(scenarios[1]?.cells?.[0]?.reason).toMatch(/in 3 of 3 cells, where at most 34 % are explained$/);
    expect(summaryOf(runs(0), [seldom]).agreement[0]?.unseen).toEqual([]);
  });

  it("are not said to agree where one crashed and the other found no path", () => {
    const broken = eventsOf({ werift: asComputed, firefox: asComputed }, []).map((event) => {
      if (event.type !== "session_finished" || event.scenario !== "grid-firefox" || event.session !== 4) return event;
      return { ...event, violations: [{ code: "unexpected_failure" as const, message: "Found peer_crashed." }] };
    });
    expect(summarize(broken).agreement[0]?.cells[3]?.verdict).toBe("unexplained");
  });

  it("are nothing to compare where only one ran, or two with one engine", () => {
    expect(summaryOf({ firefox: explained }).agreement).toEqual([]);
    const twice = ["a", "b"].flatMap((name) => gridEvents(name, gridOf("werift"), expected, asComputed));
    expect(summarize([runStarted("a", "b"), ...twice, runFinished()]).agreement).toEqual([]);
  });

  it("keep their order whatever order they ran in", () => {
    const runs = { firefox: asComputed, chromium: asComputed, werift: asComputed };
    expect(Object.keys(summaryOf(runs).agreement[0]?.scenarios ?? {})).toEqual(["werift", "chromium", "firefox"]);
  });
});

describe("the agreement in reports", () => {
  const summary = summaryOf({
    werift: asComputed,
    chromium: at("full-cone", "symmetric", "none"),
    firefox: explained,
  });
  const lines = renderTerminal(summary, { color: false, width: 100 }).split("\n");

  it("stands in the terminal's text, with what explains each difference or that nothing does", () => {
    const from = lines.indexOf("agreement of the engines");
    expect(lines.slice(from, lines.indexOf("", from)).join("\n")).toMatchInlineSnapshot(`
      "agreement of the engines
        nat-grid: werift, chromium and firefox came to the same in 2 of 4 cells; they differ in 2, 1 as
        explained, 1 for no known reason
                                            computed  werift  chromium  firefox
          STUN only: full-cone × symmetric  direct    direct  none!     direct
          STUN only: symmetric × full-cone  direct    direct  direct    relayed*
          * firefox: It never asks twice. (nICEr, ice_component.c)
          ! STUN only: full-cone × symmetric, chromium, session 2: ice_failed: no pair answered
          median ms, all alike  werift  chromium  firefox  cells
          direct                   401       401      401      1
          none, until given up     900       900      900      1"
    `);
  });

  it("marks an explained cell in its grid, and says why below", () => {
    const grid = lines.slice(lines.findIndex((line) => line.startsWith("✓ grid-firefox")));
    expect(grid).toContain("    symmetric  relayed*   none");
    expect(grid).toContain("  3 of 4 cells as computed from the behaviours, 1 otherwise, as explained");
    expect(grid.join("\n")).toContain("firefox: It never asks twice. (nICEr, ice_component.c)");
  });

  it("stands in Markdown", () => {
    const text = renderMarkdown(summary);
    const from = text.indexOf("## Agreement");
    expect(text.slice(from, text.indexOf("\n## ", from + 1))).toMatchInlineSnapshot(`
      "## Agreement of the engines

      **nat-grid**: werift, chromium and firefox came to the same in 2 of 4 cells; they differ in 2, 1 as explained, 1 for no known reason.

      | Cell | Computed | werift | chromium | firefox |
      | --- | --- | --- | --- | --- |
      | STUN only: full-cone × symmetric | direct | direct | none! | direct |
      | STUN only: symmetric × full-cone | direct | direct | direct | relayed\\* |

      - \\* firefox: It never asks twice. (nICEr, ice\\_component.c)
      - ❌ STUN only: full-cone × symmetric, chromium, session 2: ice\\_failed: no pair answered

      | Median ms, all alike | werift | chromium | firefox | Cells |
      | --- | ---: | ---: | ---: | ---: |
      | direct | 401 | 401 | 401 | 1 |
      | none, until given up | 900 | 900 | 900 | 1 |
      "
    `);
    expect(text).toContain("| symmetric | ⚠️ relayed (computed direct) | none |");
  });

  it("says a known difference that is not seen, and nothing where one engine ran", () => {
    const unseen = renderTerminal(summaryOf({ werift: asComputed, firefox: asComputed }), { color: false, width: 100 });
    expect(unseen).toContain("not seen any more, although known: firefox: It never asks twice.");
    const alone = renderTerminal(summaryOf({ firefox: explained }), { color: false, width: 100 });
    expect(alone).not.toContain("agreement of the engines");
  });

  it("changes nothing of a lab that broke: that is no verdict on engines", () => {
    const events = eventsOf({ werift: asComputed, firefox: asComputed });
    const died = containerDied("grid-firefox", "left-symmetric");
    expect(summarize([...events.slice(0, -2), died, ...events.slice(-2)]).status).toBe("errored");
  });
});
