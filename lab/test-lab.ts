import { imagesFor } from "./lab-containers.ts";
import { type LabContext, prepareContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import { DEFAULT_PEER_ENGINE, type PeerEngine } from "./model/engine.ts";
import type { RunEvent } from "./model/events.ts";
import type { Scenario } from "./model/scenario.ts";
import { newRunId } from "./run.ts";
import { ensureEngine } from "./runtime/engine.ts";
import { ensureImages } from "./runtime/images.ts";

export { eventsOf } from "./model/events-of.ts";

/** A context for tests and benchmarks that bring a lab up by hand; what it emits is kept. `engines`: of its peers. */
export async function testContext(
  engines: readonly PeerEngine[] = [DEFAULT_PEER_ENGINE],
): Promise<LabContext & { events: RunEvent[] }> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const engine = await ensureEngine(say);
  const images = await ensureImages(engine, imagesFor(engines.map((of) => ({ peers: { peer: { engine: of } } }))), say);
  const events: RunEvent[] = [];
  const context = await prepareContext({
    engine,
    images,
    runId: newRunId(),
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
    log: () => {},
  });
  return { ...context, events };
}

/** A scenario whose peers hang where the test says; it is brought up, not run. */
export function topologyOf(topology: Scenario["topology"], offerer: string, answerer: string): Scenario {
  const iceServers = Object.keys(topology.turnServers ?? {});
  return {
    description: "test",
    topology,
    peers: { offerer: { behind: offerer, iceServers }, answerer: { behind: answerer, iceServers } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
}

/** Runs a program in a node's network namespace; returns its output, or throws what it said. */
export function inNode(lab: StartedLab, node: string, ...argv: string[]): Promise<string> {
  return lab.fabric.exec(argv, { netns: lab.pids[node] });
}
