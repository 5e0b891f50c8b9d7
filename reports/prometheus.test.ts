import { describe, expect, it } from "vitest";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import {
  aScenario,
  exampleRun,
  labSampled,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { RENDERERS } from "./render/index.ts";
import { summarize } from "./summarize.ts";

type Metrics = Pick<EventOf<"turn_server_metrics">, "changes" | "note">;

/** Of coturn 4.16.0, after six calls. */
const CHANGES = {
  stun_binding_request: 12,
  stun_binding_response: 12,
  turn_unauthenticated_401_responses: 12,
  turn_total_traffic_rcvp: 2213,
  turn_total_traffic_rcvb: 482639,
  turn_total_traffic_sentp: 1986,
  turn_total_traffic_sentb: 442906,
  turn_total_traffic_peer_rcvp: 1708,
  turn_total_traffic_peer_rcvb: 418466,
  turn_total_traffic_peer_sentp: 1889,
  turn_total_traffic_peer_sentb: 442751,
  turn_total_allocations: 0,
};

function summaryWith(metrics: Metrics) {
  const url = "http://127.0.0.1:9641/metrics";
  const read: RunEvent = { type: "turn_server_metrics", at: 1, scenario: "a", server: "turn", url, ...metrics };
  return summarize([
    runStarted("a"),
    scenarioStarted("a", aScenario({ topology: { turnServers: { turn: {} } } })),
    ...session(sessionFinished("a", 1)),
    labSampled("a", "harness", 12),
    read,
    scenarioFinished("a"),
    runFinished(),
  ]);
}

const told = (format: "terminal" | "markdown", metrics: Metrics) =>
  RENDERERS[format](summaryWith(metrics), { color: false, width: 100 }).replaceAll("\\", "").replaceAll(/\s+/g, " ");

describe("what coturn counted itself", () => {
  it("is in the summary by its Prometheus names", () => {
    const [scenario] = summaryWith({ changes: CHANGES, note: null }).scenarios;
    expect(scenario?.turnServers.turn).toMatchObject({ prometheus: CHANGES, prometheusNote: null });
    expect(scenario?.status).toBe("passed");
  });

  it("is null where the log has none", () => {
    for (const { turnServers } of summarize(exampleRun()).scenarios)
      for (const server of Object.values(turnServers))
        expect(server).toMatchObject({ prometheus: null, prometheusNote: null });
  });

  it.each(["terminal", "markdown"] as const)("is a line of the %s report", (format) => {
    expect(told(format, { changes: CHANGES, note: null })).toContain(
      "turn: coturn's own counters: ended sessions had 2213 packets (482.6 kB) from clients, 1986 (442.9 kB) to them; " +
        "1708 packets (418.5 kB) from TURN peers, 1889 (442.8 kB) to them; " +
        "12 STUN Binding requests, 12 answered, 0 errors; 401 12 times over UDP",
    );
    expect(told(format, { changes: null, note: "after the load: connect ECONNREFUSED 127.0.0.1:9641" })).toContain(
      "turn: its Prometheus endpoint was not read: after the load: connect ECONNREFUSED 127.0.0.1:9641",
    );
    const older = { turn_total_allocations: 2, stun_binding_request: 1, stun_binding_response: 1 };
    expect(told(format, { changes: older, note: "since it was started again" })).toContain(
      "turn: coturn's own counters, since it was started again: 1 STUN Binding request, 1 answered, 0 errors; " +
        "2 allocations more open than before",
    );
    expect(told(format, { changes: { other_server_total: 2 }, note: null })).toContain("1 value of unknown names");
    expect(RENDERERS[format](summarize(exampleRun()), { color: false, width: 100 })).not.toMatch(/Prometheus|counters/);
  });

  it("is no fault of the run where it could not be read", () => {
    expect(summaryWith({ changes: null, note: "after the load: HTTP 404" }).status).toBe("passed");
  });
});
