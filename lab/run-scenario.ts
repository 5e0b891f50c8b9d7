import { judgeSession, type KnownServer } from "./judge-session.ts";
import type { LabContext } from "./lab-context.ts";
import { ServerError } from "./lab-error.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import { execute, plannedIterations } from "./load/execute.ts";
import type { EventOf } from "./model/events.ts";
import { pathClass } from "./model/ice.ts";
import { DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, type ROLES, type Scenario } from "./model/scenario.ts";
import { runSession } from "./peer/session.ts";
import { iceServersOf } from "./turn/ice-servers.ts";
import { watchLoad } from "./watch-load.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** Runs one scenario in a lab of its own, from nothing to nothing; what happens goes to `context.emit`. Never rejects. */
export async function runScenario(
  name: string,
  scenario: Scenario,
  context: LabContext,
  onUp: () => void = () => {},
): Promise<void> {
  const startedAt = performance.now();
  const { emit, signal } = context;
  emit({ type: "scenario_started", at: Date.now(), scenario: name, definition: withoutSecrets(scenario) });
  let outcome: EventOf<"scenario_finished">["outcome"] = "completed";
  let reason: string | null = null;
  try {
    const lab = await upLab(name, scenario, context);
    const upMs = performance.now() - startedAt;
    emit({ type: "lab_up", at: Date.now(), scenario: name, durationMs: upMs, nodes: lab.nodes });
    onUp();
    try {
      await runLoad(name, scenario, lab, context);
    } finally {
      const downStartedAt = performance.now();
      await lab.down();
      emit({ type: "lab_down", at: Date.now(), scenario: name, durationMs: performance.now() - downStartedAt });
    }
  } catch (error) {
    outcome = error instanceof ServerError ? "server_failed" : "errored";
    reason = error instanceof Error ? error.message : String(error);
  }
  if (signal.aborted) [outcome, reason] = ["interrupted", "interrupted"];
  const durationMs = performance.now() - startedAt;
  emit({ type: "scenario_finished", at: Date.now(), scenario: name, outcome, reason, durationMs });
}

/** Runs the load to its end, and looks once more at the servers; a lab that breaks ends the load at once. */
async function runLoad(name: string, scenario: Scenario, lab: StartedLab, context: LabContext): Promise<void> {
  const { emit } = context;
  const breakage = new AbortController();
  const signal = AbortSignal.any([context.signal, breakage.signal]);
  let breakError: Error | null = null;
  void lab.broken.then((error) => {
    breakError = error;
    breakage.abort();
  });
  const { offerer, answerer } = lab.peers;
  if (!offerer || !answerer) throw new Error("a lab has two peers");
  const servers: KnownServer[] = Object.values(lab.turnServers);
  const sameLan = lab.plan.lanOf.offerer === lab.plan.lanOf.answerer;
  const perRole = <T>(of: (role: (typeof ROLES)[number]) => T) => ({
    offerer: of("offerer"),
    answerer: of("answerer"),
  });
  const iceServers = perRole((role) => iceServersOf(scenario.peers[role].iceServers, lab.turnServers));
  const transportPolicy = perRole((role) => scenario.peers[role].transportPolicy ?? "all");
  let sessions = 0;

  const iterate = async (vu: number, iteration: number) => {
    const session = ++sessions;
    const where = { scenario: name, session, vu, iteration };
    emit({ type: "session_started", at: Date.now(), ...where });
    const result = await runSession(offerer, answerer, {
      session,
      iceServers,
      transportPolicy,
      traffic: scenario.traffic ?? DEFAULT_TRAFFIC,
      timeoutMs: scenario.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
      signal,
    }).catch(leaveIfAborted);
    if (!result) return; // Started and never finished: interrupted, not failed.
    const { pair: ends, ...rest } = result;
    const path = ends ? pathClass(ends.offerer, ends.answerer, sameLan) : null;
    const pair = ends ? (`${ends.offerer}-${ends.answerer}` as const) : null;
    const violations = judgeSession(scenario, { ...result, path }, servers);
    emit({ type: "session_finished", at: Date.now(), ...where, ...rest, path, pair, violations });
  };
  const leaveIfAborted = (error: unknown): null => {
    if (signal.aborted) return null;
    throw error;
  };

  const watch = await watchLoad(name, lab, context);
  await execute(scenario.load, iterate, signal);
  const dropped = plannedIterations(scenario.load) - sessions;
  if (dropped > 0) {
    const reason = breakError ? "the lab broke" : "interrupted";
    emit({ type: "iterations_dropped", at: Date.now(), scenario: name, count: dropped, reason });
  }
  if (context.signal.aborted) return;
  if (breakError) throw breakError;
  await watch.stop();
  await lab.proveServers();
}
