import type { EventOf } from "../../lab/model/events.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";

/** What a server spent; null: not sampled, or no call to divide it by, or a summary alone. */
export type ServerLoad = {
  cpuMsPerCall: number | null;
  packetsPerCall: number | null;
  cpuMaxPercent: number | null;
  memoryMaxBytes: number | null;
  packetsMaxPerSecond: number | null;
};

type Sampled = EventOf<"turn_server_sampled">;

/** By server, of those within the lab. CPU and packets are rates, added up over the time between samples. */
export function serverLoads(
  { turnServers, sessions }: Pick<ScenarioSummary, "turnServers" | "sessions">,
  samples: readonly Sampled[],
): Record<string, ServerLoad> {
  return Object.fromEntries(
    Object.entries(turnServers).flatMap(([name, statistics]) => {
      if (statistics === null) return [];
      const own = samples.filter(({ server }) => server === name);
      const calls = sessions.started;
      const perCall = (of: (sample: Sampled) => number | null) => {
        const total = overTime(own, of);
        return total === null || calls === 0 ? null : total / calls;
      };
      const { rxPacketsPerSecond: rx, txPacketsPerSecond: tx } = statistics;
      const load: ServerLoad = {
        // Per cent of a core over seconds: ten milliseconds each.
        cpuMsPerCall: scaled(
          perCall(({ cpuPercent }) => cpuPercent),
          10,
        ),
        packetsPerCall: perCall(({ rxPacketsPerSecond, txPacketsPerSecond }) =>
          rxPacketsPerSecond === null || txPacketsPerSecond === null ? null : rxPacketsPerSecond + txPacketsPerSecond,
        ),
        cpuMaxPercent: statistics.cpuPercent.max,
        memoryMaxBytes: statistics.memoryBytes.max,
        packetsMaxPerSecond: rx.max === null || tx.max === null ? null : Math.max(rx.max, tx.max),
      };
      return [[name, load]];
    }),
  );
}

const scaled = (value: number | null, by: number) => (value === null ? null : value * by);

/** A rate a second added up; a sample's rate is of the time since the one before it. Null without a rate. */
function overTime(samples: readonly Sampled[], of: (sample: Sampled) => number | null): number | null {
  let total: number | null = null;
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1];
    const rate = of(sample);
    if (!before || rate === null) continue;
    total = (total ?? 0) + (rate * Math.max(0, sample.sampledAtMs - before.sampledAtMs)) / 1000;
  }
  return total;
}
