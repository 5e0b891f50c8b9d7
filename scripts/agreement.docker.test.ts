import { expect, it } from "vitest";
import type { PeerEngine } from "../lab/model/engine.ts";
import type { EngineDifference } from "../lab/model/engine-difference.ts";
import type { GridScenario } from "../lab/model/grid.ts";
import { runScenario } from "../lab/run-scenario.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { testContext } from "../lab/test-lab.ts";
import { runFinished, runStarted } from "../reports/example-run.ts";
import { renderTerminal } from "../reports/render/terminal.ts";
import { summarize } from "../reports/summarize.ts";

/** What is not so. */
const said: EngineDifference = {
  engine: "chromium",
  where: [{ rows: ["symmetric"], columns: ["symmetric"] }],
  comesTo: "direct",
  why: "It guesses ports.",
  source: "nowhere",
};

/** Two networks, and a call inside of each and between them. */
function gridOf(engine: PeerEngine): GridScenario {
  const iceServers = [{ server: "turn", urls: ["stun" as const, "udp" as const] }];
  const nats = ["home", "symmetric"] as const;
  const peers = nats.flatMap((nat) =>
    ["left", "right"].map((side) => [`at-${side}-${nat}`, { behind: `${side}-${nat}`, iceServers, engine }]),
  );
  const routers = nats.flatMap((nat) => ["left", "right"].map((side) => [`${side}-${nat}`, { nat }]));
  const pairs = [
    ["home", "home"],
    ["home", "symmetric"],
    ["symmetric", "symmetric"],
  ];
  return {
    description: "Three calls.",
    topology: { routers: Object.fromEntries(routers), turnServers: { turn: {} } },
    peers: Object.fromEntries(peers),
    cells: pairs.map(([row = "", column = ""]) => ({
      ...{ table: "t", row, column, offerer: `at-left-${row}`, answerer: `at-right-${column}` },
    })),
    concurrency: 3,
    comparedAs: "three",
    differences: [said],
  };
}

describeDocker("one grid with two engines", () => {
  it("comes to the same, and the report says so, and what is known and not so", async () => {
    const context = await testContext(["werift", "chromium"]);
    for (const engine of ["werift", "chromium"] as const) await runScenario(engine, gridOf(engine), context);
    const summary = summarize([runStarted("werift", "chromium"), ...context.events, runFinished()]);
    expect(summary.scenarios.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ["werift", "passed", null],
      ["chromium", "passed", null],
    ]);
    const [agreement] = summary.agreement;
    expect(
      agreement?.cells.map(({ column, verdict, engines }) => [column, verdict, engines.chromium?.observed]),
    ).toEqual([
      ["home", "agreed", "direct"],
      ["symmetric", "agreed", "relayed"],
      ["symmetric", "agreed", "relayed"],
    ]);
    expect(agreement?.times.flatMap(({ med }) => Object.values(med)).every((ms) => ms !== null && ms > 0)).toBe(true);
    expect(agreement?.unseen).toEqual([said]);
    const text = renderTerminal(summary, { color: false, width: 100 });
    expect(text).toContain("three: werift and chromium came to the same in 3 of 3 cells");
    expect(text).toContain("not seen any more, although known: chromium: It guesses ports. (nowhere)");
  }, 60_000);
});
