import { expect, it } from "vitest";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { Summary } from "../lab/model/summary.ts";
import {
  aScenario,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { RENDERERS } from "./render/index.ts";
import { summarize } from "./summarize.ts";

const name = "tour";

function fetched(changes: Partial<EventOf<"ice_servers_fetched">>): EventOf<"ice_servers_fetched"> {
  return {
    type: "ice_servers_fetched",
    at: 0,
    scenario: name,
    session: 1,
    vu: 1,
    iteration: 0,
    role: "offerer",
    api: "xirsys",
    source: "api",
    isCacheAsked: true,
    outcome: "ok",
    status: 200,
    durationMs: 700,
    fetchMs: 200,
    hosts: ["fr-turn7.xirsys.com"],
    failure: null,
    isReplaced: false,
    ...changes,
  };
}

function summaryOf(...events: RunEvent[]) {
  return summarize([
    runStarted(name),
    scenarioStarted(
      name,
      aScenario({
        thresholds: {
          ice_servers_fetches: ["count<=4"],
          ice_servers_cache_hits: ["rate>0.3"],
          ice_servers_fetch_time: ["max<300"],
        },
      }),
    ),
    ...events,
    ...session(sessionFinished(name, 1)),
    scenarioFinished(name),
    runFinished(),
  ]);
}

const events = [
  fetched({}),
  fetched({ status: 503, outcome: "failed", fetchMs: null, hosts: [], isReplaced: true }),
  fetched({ status: null, outcome: "failed", fetchMs: null, hosts: [] }),
  fetched({ source: "cache", status: null, fetchMs: null, durationMs: 0 }),
  fetched({ source: "cache", status: null, fetchMs: null, durationMs: 0 }),
  fetched({ role: "answerer", source: "signalling", isCacheAsked: false, status: null, fetchMs: null }),
  fetched({ role: "answerer", source: "signalling", isCacheAsked: false, status: null, fetchMs: null }),
  fetched({ role: "answerer", source: "signalling", isCacheAsked: false, status: null, fetchMs: null }),
  { type: "allocations_cut", at: 0, scenario: name, server: "turn", count: 3, delayMs: 200 } as const,
];

it("counts what was asked, kept and told, and judges it", () => {
  const [scenario] = summaryOf(...events).scenarios;
  expect(scenario?.iceServerApis).toEqual({
    xirsys: { fetched: 1, failed: 2, cached: 2, shared: 3, statuses: { 200: 1, 503: 1, none: 1 } },
  });
  expect(scenario?.allocationsCut).toEqual({ turn: 3 });
  const verdicts = scenario?.thresholds.filter(({ metric }) => metric.startsWith("ice_"));
  expect(verdicts?.map(({ metric, observed, verdict }) => [metric, observed, verdict])).toEqual([
    ["ice_servers_fetch_time", 200, "passed"],
    ["ice_servers_fetches", 3, "passed"],
    ["ice_servers_cache_hits", 0.4, "passed"],
  ]);
});

it("says so in every report, and nothing where there is no API", () => {
  const said =
    "xirsys: asked for 3 lists (1 × 200, 1 × 503, 1 × no answer), 2 not given, 2 out of a cache, 3 over signalling; 63 % of the fetches saved";
  const screen = { width: 200, color: false };
  // A terminal's lines are folded.
  const inTerminal = (summary: Summary) => RENDERERS.terminal(summary, screen).replaceAll(/\s+/g, " ");
  const all = summaryOf(...events);
  expect(inTerminal(all)).toContain(said);
  expect(RENDERERS.markdown(all, screen)).toContain(`- ${said}`);
  expect(inTerminal(all)).toContain("turn: 3 allocations ended with the credential");
  const none = summaryOf();
  expect(inTerminal(none)).not.toContain("ICE servers from APIs");
  // Without a cache that was looked into, its hits are not known.
  expect(none.scenarios[0]?.thresholds.find(({ metric }) => metric === "ice_servers_cache_hits")?.verdict).toBe(
    "no_data",
  );
});
