import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { type AllocationScenario, CLIENTS, FAR_PEER } from "../lab/model/allocation-load.ts";
import type { EventType, RunEvent } from "../lab/model/events.ts";
import { exitCodeOf } from "../lab/model/summary.ts";
import { newRunId } from "../lab/run.ts";
import { LABEL } from "../lab/runtime/container-events.ts";
import { describeDocker } from "../lab/runtime/docker-test.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { readRunLog } from "../reports/run-log.ts";
import { carryOut } from "./run.ts";
import { chooseRunFolder } from "./run-folder.ts";

const load: AllocationScenario = {
  description: "A few dozen raw TURN clients.",
  topology: { routers: { home: { nat: "home" } }, turnServers: { turn: {} } },
  clients: { behind: "home", workers: 2 },
  farPeer: { behind: "internet" },
  allocation: { server: "turn", over: "udp", relayTo: "peer", traffic: "audio", holdMs: 1_200 },
  load: { executor: "per-vu-iterations", vus: 24, iterations: 1 },
};

/** The whole way of `turnlab run`: from a checked scenario to its reports. `during`: what happens to its containers. */
async function runWhole(
  scenario: AllocationScenario,
  during: (runId: string, log: string) => Promise<void> = async () => {},
) {
  const runId = newRunId();
  const folder = chooseRunFolder(mkdtempSync(join(tmpdir(), "turnlab-allocations-")), runId);
  const scenarios = [{ name: "raw", scenario }];
  const interrupt = { signal: new AbortController().signal, begin: () => {} };
  const running = carryOut({ runId, scenarios, folder, outside: null }, {}, interrupt);
  const [{ summary, events }] = await Promise.all([running, during(runId, join(folder.path, "run.jsonl"))]);
  const [only] = summary.scenarios;
  if (!only) throw new Error("no scenario in the summary");
  return { summary, scenario: only, events, path: folder.path };
}

const typesOf = (events: readonly RunEvent[]) => new Set<EventType>(events.map(({ type }) => type));

describeDocker("a load of raw TURN clients", () => {
  it("is measured at both ends, summed up, judged and reported; nothing of it is a session", async () => {
    const { scenario, events, path } = await runWhole(load);
    const { allocations, sessions, thresholds } = scenario;
    expect(sessions).toEqual({ started: 24, connected: 24, failed: 0, dropped: 0 });
    expect(allocations).toMatchObject({
      allocated: 24,
      ended: 24,
      interrupted: 0,
      failures: {},
      losses: {},
      mostHeld: 24,
    });
    const { sent = 0, received = 0, lost = 0, skipped = 0 } = allocations?.packets ?? {};
    // 24 clients × 1.2 s × 50 a second, to the peer and back: every one is accounted for.
    expect(sent + skipped).toBeGreaterThan(24 * 1.2 * 50 * 0.9);
    expect(received + lost).toBe(sent);
    expect(received).toBeGreaterThan(0);
    expect(scenario.metrics.round_trip_time.count).toBe(received);
    expect(scenario.metrics.connect_time.count).toBe(24);
    const verdicts = Object.fromEntries(thresholds.map(({ metric, verdict }) => [metric, verdict]));
    expect(verdicts).toMatchObject({
      allocation_success: "passed",
      connect_time: "passed",
      iterations_begun: "passed",
    });
    expect(verdicts.packets_on_time).toBe(sent / (sent + skipped) >= 0.95 ? "passed" : "failed");
    expect(scenario.turnServers.turn?.allocations.max).toBe(24);
    expect(Object.keys(scenario.lab)).toEqual(expect.arrayContaining([CLIENTS, FAR_PEER, "harness"]));
    expect(scenario.containerDeaths).toEqual([]);
    for (const type of ["session_started", "session_finished", "iterations_dropped"] as const)
      expect(typesOf(events)).not.toContain(type);
    const report = readFileSync(join(path, "report.md"), "utf8");
    expect(report).toContain("24 held at once at the most");
    // What opens the server is in nothing that is kept.
    expect(report + readFileSync(join(path, "run.jsonl"), "utf8")).not.toMatch(/password|credential/i);
  });

  it("ends with what was measured and the cause where the server dies under it", async () => {
    const long = { ...load, allocation: { ...load.allocation, holdMs: 30_000 } };
    const { summary, scenario, events } = await runWhole(long, async (runId, log) => {
      const isHeld = () => events24(log);
      await vi.waitUntil(isHeld, { timeout: 40_000, interval: 100 });
      const { docker } = await ensureEngine(() => {});
      const label = [`${LABEL.run}=${runId}`, `${LABEL.node}=turn`];
      const [server] = await docker.listContainers({ filters: JSON.stringify({ label }) });
      await docker.getContainer(server?.Id ?? "").kill();
    });
    expect(scenario.status).toBe("failed");
    expect(scenario.reason).toMatch(/^the server failed: turn/);
    expect(exitCodeOf(summary.status)).toBe(99);
    expect(scenario.containerDeaths).toEqual([{ node: "turn", exitCode: 137, oomKilled: false }]);
    expect(scenario.allocations).toMatchObject({ started: 24, allocated: 24, mostHeld: 24 });
    expect(scenario.allocations?.packets.received).toBeGreaterThan(0);
    const [end] = events.filter((event) => event.type === "scenario_finished");
    // Not held to its planned end, which was half a minute away.
    expect(end?.durationMs).toBeLessThan(25_000);
  });
});

function events24(log: string): boolean {
  try {
    return readRunLog(log).some((event) => event.type === "allocations_measured" && event.held === 24);
  } catch {
    return false;
  }
}
