import { judgeSession, type KnownServer } from "./judge-session.ts";
import { type LabContext, type StartedLab, upLab } from "./lab-up.ts";
import { execute, plannedIterations } from "./load/execute.ts";
import { pathClass } from "./model/ice.ts";
import { DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, type ROLES, type Scenario } from "./model/scenario.ts";
import { runSession } from "./peer/session.ts";
import { iceServersOf } from "./turn/ice-servers.ts";
import { watchLoad } from "./watch-load.ts";

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
  const finish = (outcome: "completed" | "errored" | "interrupted", reason: string | null) => {
    const durationMs = performance.now() - startedAt;
    emit({ type: "scenario_finished", at: Date.now(), scenario: name, outcome, reason, durationMs });
  };
  try {
    const lab = await upLab(name, scenario, context);
    const upMs = performance.now() - startedAt;
    emit({ type: "lab_up", at: Date.now(), scenario: name, durationMs: upMs, nodes: lab.nodes });
    onUp();
    const broken = lab.broken.then((reason) => Promise.reject(new Error(reason)));
    try {
      await Promise.race([runLoad(name, scenario, lab, context), broken]);
    } finally {
      broken.catch(() => {});
      const downStartedAt = performance.now();
      await lab.down();
      emit({ type: "lab_down", at: Date.now(), scenario: name, durationMs: performance.now() - downStartedAt });
    }
    finish(signal.aborted ? "interrupted" : "completed", signal.aborted ? "interrupted" : null);
  } catch (error) {
    if (signal.aborted) finish("interrupted", "interrupted");
    else finish("errored", error instanceof Error ? error.message : String(error));
  }
}

async function runLoad(name: string, scenario: Scenario, lab: StartedLab, context: LabContext): Promise<void> {
  const { emit, signal } = context;
  const { offerer, answerer } = lab.peers;
  if (!offerer || !answerer) throw new Error("a lab has two peers");
  const servers: KnownServer[] = Object.values(lab.turnServers);
  const sameLan = lab.plan.lanOf.offerer === lab.plan.lanOf.answerer;
  const facts = Object.fromEntries(Object.values(lab.turnServers).map(({ name: server, ...rest }) => [server, rest]));
  const perRole = <T>(of: (role: (typeof ROLES)[number]) => T) => ({
    offerer: of("offerer"),
    answerer: of("answerer"),
  });
  const iceServers = perRole((role) => iceServersOf(scenario.peers[role].iceServers, facts));
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
  try {
    await execute(scenario.load, iterate, signal);
  } finally {
    await watch.stop();
  }
  const dropped = plannedIterations(scenario.load) - sessions;
  if (dropped > 0) {
    emit({ type: "iterations_dropped", at: Date.now(), scenario: name, count: dropped, reason: "interrupted" });
  }
}

/** The log is read by others: it holds no password, not even one that only a scenario's file knows. */
function withoutSecrets(scenario: Scenario): Scenario {
  const servers = Object.entries(scenario.topology.turnServers ?? {}).map(([name, server]) => {
    const { credential, options, ...rest } = server;
    const hidden = {
      ...rest,
      ...(credential ? { credential: { username: credential.username, password: "***" } } : {}),
      ...(options ? { options: { ...options, ...("user" in options ? { user: "***" } : {}) } } : {}),
    };
    return [name, hidden] as const;
  });
  return { ...scenario, topology: { ...scenario.topology, turnServers: Object.fromEntries(servers) } };
}
