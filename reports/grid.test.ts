import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import type { CellOutcome, CellPlace } from "../lab/model/grid.ts";
import type { NatPresetName } from "../lab/model/nat-presets.ts";
import { aGrid, type Came, GRID, gridRun } from "./example-grid.ts";
import {
  containerDied,
  failedSession,
  labUp,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
} from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const THREE: NatPresetName[] = ["full-cone", "port-restricted", "symmetric"];
const TEN: NatPresetName[] = [
  ...["full-cone", "address-restricted", "port-restricted", "symmetric", "home"],
  ...["mobile-carrier", "cgnat", "cgnat-rfc6888", "corporate", "cloud-1to1"],
] as NatPresetName[];

const expected = ({ row, column }: CellPlace): CellOutcome => {
  const isOpen = [row, column].some((name) => ["full-cone", "cgnat-rfc6888", "cloud-1to1"].includes(name));
  const isHard = [row, column].some((name) => ["symmetric", "mobile-carrier", "cgnat", "corporate"].includes(name));
  return isHard && !isOpen ? "none" : "direct";
};
const run = (presets: NatPresetName[], came: (place: CellPlace) => Came | undefined = () => undefined) =>
  gridRun(aGrid(presets), expected, came);
const gridOf = (presets: NatPresetName[], came?: (place: CellPlace) => Came | undefined) => {
  const [scenario] = summarize(run(presets, came)).scenarios;
  if (!scenario) throw new Error("no scenario");
  return scenario;
};
const at = (row: string, column: string) => (place: CellPlace) => place.row === row && place.column === column;
const only = (row: string, column: string, outcome: Came) => (place: CellPlace) =>
  at(row, column)(place) ? outcome : undefined;

describe("the summary of a grid", () => {
  it("has each cell with what was computed and what it came to, and passes when they agree", () => {
    const { cells, status, reason } = gridOf(THREE);
    expect([status, reason]).toEqual(["passed", null]);
    expect(cells).toHaveLength(9);
    expect(cells?.[8]).toEqual({
      ...{ table: "STUN only", row: "symmetric", column: "symmetric" },
      ...{ expected: "none", observed: "none", status: "passed", session: 9, reason: null },
    });
  });

  it.each<[row: string, column: string, came: Came, why: RegExp]>([
    ["symmetric", "symmetric", "direct", /Expected none, found direct/],
    ["full-cone", "symmetric", "relayed", /Expected direct, found relayed/],
    ["full-cone", "full-cone", "none", /ice_failed: no pair answered/],
  ])("fails when %s to %s comes to %s", (row, column, came, why) => {
    const { cells, status, examples } = gridOf(THREE, only(row, column, came));
    expect(status).toBe("failed");
    const failed = cells?.filter((cell) => cell.status === "failed");
    expect(failed).toEqual([
      expect.objectContaining({ row, column, observed: came, reason: expect.stringMatching(why) }),
    ]);
    expect(examples.map(({ session }) => session)).toEqual([failed?.[0]?.session]);
  });

  it("fails when a cell that must not connect failed for a reason that is none of the network's", () => {
    const events = run(THREE).map((event) => {
      if (event.type !== "session_finished" || event.session !== 9 || !event.cell) return event;
      const violations = [{ code: "unexpected_failure" as const, message: "Expected ice_failed, found peer_crashed." }];
      return { ...failedSession(GRID, 9, "peer_crashed", "gone"), cell: event.cell, violations };
    });
    const [scenario] = summarize(events).scenarios;
    expect(scenario?.status).toBe("failed");
    expect(scenario?.cells?.[8]).toMatchObject({ expected: "none", observed: "none", status: "failed" });
  });

  it("fails when a call was lost before its end", () => {
    const events = run(THREE).map((event) =>
      event.type === "session_finished" && event.session === 1 ? { ...event, dropped: true } : event,
    );
    expect(summarize(events).scenarios[0]?.cells?.[0]).toMatchObject({ observed: "direct", status: "failed" });
  });

  it("has no verdict when calls were not made", () => {
    const { cells, status, reason } = gridOf(THREE, only("symmetric", "full-cone", "nothing"));
    expect([status, reason]).toEqual(["no_data", "1 of 9 calls were not made to their end"]);
    expect(cells?.[6]).toMatchObject({ observed: null, status: "no_data", session: null });
  });

  it("has no success rate and no thresholds: some calls must fail", () => {
    const { successRate, thresholds, sessions } = gridOf(THREE);
    expect(successRate).toEqual({ value: null, ci95: null });
    expect(thresholds).toEqual([]);
    expect(sessions).toEqual({ started: 9, connected: 6, failed: 3, dropped: 0 });
  });

  it("is the lab's fault when a container died that is no server", () => {
    const died: RunEvent[] = [
      labUp(GRID, { "left-symmetric": "router" as const }),
      containerDied(GRID, "left-symmetric"),
    ];
    const events = run(THREE).flatMap((event) => (event.type === "scenario_finished" ? [...died, event] : [event]));
    expect(summarize(events).scenarios[0]?.status).toBe("errored");
  });

  it("has every cell although the lab broke before the first call", () => {
    const planned = run(THREE).slice(0, 3);
    const [scenario] = summarize([...planned, scenarioFinished(GRID, "errored", "no image"), runFinished()]).scenarios;
    expect(scenario?.status).toBe("errored");
    expect(scenario?.cells?.map(({ status }) => status)).toEqual(Array(9).fill("no_data"));
  });

  it("counts no cells where the lab broke, and draws nothing where no call was made", () => {
    const broken = (calls: number) => {
      const planned = run(THREE).slice(0, 3 + 2 * calls);
      return summarize([...planned, scenarioFinished(GRID, "errored", "router left is no router"), runFinished()]);
    };
    const before = renderTerminal(broken(0), { color: false, width: 80 });
    expect(before).toMatch(/! nat-grid +– {2}–\n/);
    expect(before).toMatch(/! nat-grid {2}lab broke\n {2}router left is no router\n {2}Every NAT/);
    expect(before).not.toMatch(/STUN only|networks|cell/);
    const markdown = renderMarkdown(broken(0));
    expect(markdown).toContain("| nat-grid | 💥 lab broke | – | – | – | – | – | – |");
    expect(markdown).toMatch(/## 💥 nat-grid\n\n\*\*router left is no router\*\*\n\nEvery NAT/);
    expect(markdown).not.toMatch(/STUN only|Network|cell/);
    const during = renderTerminal(broken(2), { color: false, width: 80 });
    expect(during).toContain("2 of 9 calls made to their end, none of them a verdict");
    expect(during).toContain("? no call");
    expect(during).toMatch(/! nat-grid +– {2}–\n/);
  });

  it("says what the rows and columns stand for, each once", () => {
    expect(gridOf(THREE).legend).toEqual([
      {
        label: "full-cone",
        description: "mapping and filtering endpoint-independent, ports preserved, 300 s, hairpinning",
      },
      {
        label: "port-restricted",
        description: "mapping endpoint-independent, filtering address-and-port-dependent, ports preserved, 300 s",
      },
      { label: "symmetric", description: "mapping and filtering address-and-port-dependent, random ports, 300 s" },
    ]);
  });

  it("has neither cells nor legend where the scenario is no grid", () => {
    const [scenario] = summarize([runStarted("a"), scenarioStarted("a"), sessionFinished("a", 1)]).scenarios;
    expect([scenario?.cells, scenario?.legend]).toEqual([null, null]);
  });
});

describe("a grid in the terminal", () => {
  const render = (presets: NatPresetName[], width: number, came?: (place: CellPlace) => Came | undefined) =>
    renderTerminal(summarize(run(presets, came)), { color: false, width });

  it("says in words what fits", () => {
    expect(render(THREE, 80)).toMatchInlineSnapshot(`
      "turnlab 0.1.0  run 20260314-092653-k3v9, 2026-03-14T09:26:53.000Z
      1 scenario in 1 min 12 s, 4 CPUs, Docker 28.3.0, Linux 6.12.0

      ✓ nat-grid  passed
        Every NAT against every other.
        9 of 9 cells as computed from the behaviours
        9 calls started, 6 connected, 3 without a path, as computed, in 41.2 s

        STUN only
                           full-cone  port-restricted  symmetric
          full-cone        direct     direct           direct
          port-restricted  direct     direct           none
          symmetric        direct     none             none
          the row calls the column

        networks
          full-cone        mapping and filtering endpoint-independent, ports
                           preserved, 300 s, hairpinning
          port-restricted  mapping endpoint-independent, filtering
                           address-and-port-dependent, ports preserved, 300 s
          symmetric        mapping and filtering address-and-port-dependent, random
                           ports, 300 s

        load, 100 % is one core
                CPU avg  max  memory max  Mbit/s in  out max  allocs max  samples
          turn        –    –           –          –        –           –        0

        scenario  sessions  success  95 % CI  connect med  p(95) ms  path
      ✓ nat-grid       9/9  every cell as computed

      Passed: 1 of 1 scenario passed.
      "
    `);
  });

  it("says in letters what does not, and what went wrong below", () => {
    const came = (place: CellPlace) =>
      at("home", "symmetric")(place) ? "relayed" : at("cgnat", "home")(place) ? "nothing" : undefined;
    expect(render(TEN, 80, came)).toMatchInlineSnapshot(`
      "turnlab 0.1.0  run 20260314-092653-k3v9, 2026-03-14T09:26:53.000Z
      1 scenario in 1 min 12 s, 4 CPUs, Docker 28.3.0, Linux 6.12.0

      ✗ nat-grid  failed
        Every NAT against every other.
        98 of 100 cells as computed from the behaviours, 1 without a call
        99 calls started, 61 connected, 38 without a path, as computed, in 41.2 s

        STUN only
                                  1  2  3  4   5  6  7  8  9  10
           1  full-cone           D  D  D  D   D  D  D  D  D  D
           2  address-restricted  D  D  D  -   D  -  -  D  -  D
           3  port-restricted     D  D  D  -   D  -  -  D  -  D
           4  symmetric           D  -  -  -   -  -  -  D  -  D
           5  home                D  D  D  R!  D  -  -  D  -  D
           6  mobile-carrier      D  -  -  -   -  -  -  D  -  D
           7  cgnat               D  -  -  -   ?  -  -  D  -  D
           8  cgnat-rfc6888       D  D  D  D   D  D  D  D  D  D
           9  corporate           D  -  -  -   -  -  -  D  -  D
          10  cloud-1to1          D  D  D  D   D  D  D  D  D  D
          the row calls the column; D direct; R relayed; - none; ! not as computed;
          ? no call

        cells that are not as computed
          STUN only: home × symmetric: expected none, came to relayed
            session 44: Expected none, found relayed.

        networks
          full-cone           mapping and filtering endpoint-independent, ports
                              preserved, 300 s, hairpinning
          address-restricted  mapping endpoint-independent, filtering
                              address-dependent, ports preserved, 300 s
          port-restricted     mapping endpoint-independent, filtering
                              address-and-port-dependent, ports preserved, 300 s
          symmetric           mapping and filtering address-and-port-dependent, random
                              ports, 300 s
          home                mapping endpoint-independent, filtering
                              address-and-port-dependent, ports preserved, 180 s
          mobile-carrier      mapping and filtering address-and-port-dependent, random
                              ports, 60 s, refreshed from inside only
          cgnat               mapping and filtering address-and-port-dependent, random
                              ports, 300 s
          cgnat-rfc6888       mapping and filtering endpoint-independent, a block of
                              512 ports for each host, 300 s, hairpinning
          corporate           mapping and filtering address-and-port-dependent,
                              consecutive ports, 30 s
          cloud-1to1          mapping and filtering endpoint-independent, an outside
                              address for each host, 300 s, hairpinning

        load, 100 % is one core
                CPU avg  max  memory max  Mbit/s in  out max  allocs max  samples
          turn        –    –           –          –        –           –        0

        scenario  sessions  success  95 % CI  connect med  p(95) ms  path
      ✗ nat-grid    98/100  1 not as computed, 1 without a call

      Failed: nat-grid (1 of 100 cells not as computed, 1 without a call). 0 of 1
      scenario passed.
      "
    `);
  });

  it.each([80, 120])("keeps within %i columns", (width) => {
    const came = only("home", "symmetric", "relayed");
    const long = render(TEN, width, came)
      .split("\n")
      .filter((line) => line.length > width);
    expect(long).toEqual([]);
  });

  it("marks what is wrong with a sign, not with colour alone", () => {
    const summary = summarize(run(TEN, only("symmetric", "symmetric", "direct")));
    const coloured = renderTerminal(summary, { color: true, width: 80 });
    expect(stripVTControlCharacters(coloured)).toBe(renderTerminal(summary, { color: false, width: 80 }));
    expect(stripVTControlCharacters(coloured)).toContain("D!");
  });
});

describe("a grid in Markdown", () => {
  it("is a table for each, with what went wrong below", () => {
    expect(renderMarkdown(summarize(run(THREE, only("symmetric", "symmetric", "direct"))))).toMatchInlineSnapshot(`
      "# turnlab: failed

      Failed: nat-grid (1 of 9 cells not as computed). 0 of 1 scenario passed.

      | Scenario | Status | Connected | Success | 95 % CI | connect_time med | p(95) | Path |
      | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
      | nat-grid | ❌ failed | 8/9 cells | – | – | – | – | 1 not as computed |

      ## ❌ nat-grid

      Every NAT against every other.

      8 of 9 cells as computed from the behaviours.

      9 calls started, 7 connected, 2 without a path, as computed, in 41.2 s.

      **STUN only** (the row calls the column)

      |  | full-cone | port-restricted | symmetric |
      | --- | --- | --- | --- |
      | full-cone | direct | direct | direct |
      | port-restricted | direct | direct | none |
      | symmetric | direct | none | ❌ **direct** (expected none) |

      **Cells that are not as computed**

      - STUN only: symmetric × symmetric: expected none, came to direct (session 9): \`Expected none, found direct.\`

      | Network | What it is |
      | --- | --- |
      | full-cone | mapping and filtering endpoint-independent, ports preserved, 300 s, hairpinning |
      | port-restricted | mapping endpoint-independent, filtering address-and-port-dependent, ports preserved, 300 s |
      | symmetric | mapping and filtering address-and-port-dependent, random ports, 300 s |

      | Load | CPU avg | CPU max | Memory max | Mbit/s in max | Mbit/s out max | Packets/s in max | Packets/s out max | Allocations max | UDP buffer drops | Samples |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | turn | – | – | – | – | – | – | – | – | – | 0 |

      ---

      Run \`20260314-092653-k3v9\`, started 2026-03-14T09:26:53.000Z, took 1 min 12 s; turnlab 0.1.0, Node v24.21.0, Docker 28.3.0, Linux 6.12.0, 4 CPUs. Times are in milliseconds; success counts dropped sessions as failures; intervals are 95 % (Wilson).
      "
    `);
  });
});
