import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { NodeCounters } from "./model/node-counters.ts";
import { ratesBetween } from "./turn/server-load.ts";

/** Five samples a second of every server and peer; the contract asks for four. */
const SAMPLE_INTERVAL_MS = 200;

/** Samples servers, these peers and the harness itself while a load runs; `stop` takes the last sample. */
export async function watchLoad(
  scenario: string,
  lab: StartedLab,
  peerNames: readonly string[],
  { emit }: LabContext,
): Promise<{ stop(): Promise<void> }> {
  const previous = new Map<string, NodeCounters>();
  // What a server outside of the lab does with its machine, nobody here can see.
  const own = Object.values(lab.turnServers).filter(({ outside }) => outside === undefined);
  const servers = own.map(({ name, relay }) => ({ name, pid: lab.pids[name] ?? 0, relay }));
  // An uplink runs in the fabric, and what it costs must not be taken for a slow server.
  const isOutside = own.length < Object.keys(lab.turnServers).length;
  const uplink = isOutside ? [{ name: "fabric", pid: lab.pids.fabric ?? 0 }] : [];
  const peers = peerNames.map((name) => ({ name, pid: lab.pids[name] ?? 0 }));
  let harness = { cpu: process.cpuUsage(), at: performance.now() };

  await lab.fabric.sample([...servers, ...uplink, ...peers], SAMPLE_INTERVAL_MS, (samples) => {
    const at = Date.now();
    for (const sample of samples) {
      const rates = ratesBetween(previous.get(sample.name), sample);
      previous.set(sample.name, sample);
      const { atMs: sampledAtMs, memoryBytes, udpReceiveBufferErrors, allocations } = sample;
      if (allocations === null) {
        const { cpuPercent } = rates;
        emit({ type: "lab_sampled", at, scenario, process: sample.name, sampledAtMs, cpuPercent, memoryBytes });
      } else {
        const load = { sampledAtMs, ...rates, memoryBytes, allocations, udpReceiveBufferErrors };
        emit({ type: "turn_server_sampled", at, scenario, server: sample.name, ...load });
      }
    }
    const now = { cpu: process.cpuUsage(), at: performance.now() };
    const spentMs = (now.cpu.user + now.cpu.system - harness.cpu.user - harness.cpu.system) / 1000;
    const cpuPercent = now.at > harness.at ? (100 * spentMs) / (now.at - harness.at) : null;
    harness = now;
    const own = { process: "harness", sampledAtMs: now.at, cpuPercent, memoryBytes: process.memoryUsage.rss() };
    emit({ type: "lab_sampled", at, scenario, ...own });
  });
  return { stop: () => lab.fabric.stopSampling() };
}
