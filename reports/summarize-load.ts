import type { EventOf } from "../lab/model/events.ts";
import type { ScenarioSummary, ServerStatistics } from "../lab/model/summary.ts";
import type { Topology } from "../lab/model/topology.ts";
import { statistics } from "../lab/statistics/statistics.ts";

/**
 * What each TURN server ran from and what the load cost it; of one that was never sampled the statistics are empty, and of one
 * that is outside of the lab there are none.
 */
export function summarizeServers(
  specs: NonNullable<Topology["turnServers"]>,
  samples: readonly EventOf<"turn_server_sampled">[],
  images: readonly EventOf<"turn_server_image">[],
  metrics: readonly EventOf<"turn_server_metrics">[],
): ScenarioSummary["turnServers"] {
  const all = new Set([...Object.keys(specs), ...samples.map((sample) => sample.server)]);
  return Object.fromEntries(
    [...all].map((name) => {
      if (specs[name]?.outside) return [name, null];
      const image = images.findLast(({ server }) => server === name);
      const own = samples.filter(({ server }) => server === name);
      const read = metrics.findLast(({ server }) => server === name);
      const counted = { prometheus: read?.changes ?? null, prometheusNote: read?.note ?? null };
      return [name, { ...originOf(image), ...serverStatistics(own), ...counted }];
    }),
  );
}

function originOf(image: EventOf<"turn_server_image"> | undefined): Pick<ServerStatistics, "image" | "version"> {
  if (!image) return { image: null, version: null };
  const { reference, id, digest, version } = image;
  return { image: { reference, id, digest }, version };
}

function serverStatistics(
  samples: readonly EventOf<"turn_server_sampled">[],
): Omit<ServerStatistics, "image" | "version" | "prometheus" | "prometheusNote"> {
  return {
    cpuPercent: statistics(known(samples.map((s) => s.cpuPercent)), "percent"),
    memoryBytes: statistics(known(samples.map((s) => s.memoryBytes)), "bytes"),
    rxBitsPerSecond: statistics(known(samples.map((s) => s.rxBitsPerSecond)), "bit/s"),
    txBitsPerSecond: statistics(known(samples.map((s) => s.txBitsPerSecond)), "bit/s"),
    rxPacketsPerSecond: statistics(known(samples.map((s) => s.rxPacketsPerSecond)), "packet/s"),
    txPacketsPerSecond: statistics(known(samples.map((s) => s.txPacketsPerSecond)), "packet/s"),
    allocations: statistics(known(samples.map((s) => s.allocations)), "count"),
    udpReceiveBufferErrors: samples.at(-1)?.udpReceiveBufferErrors ?? null,
  };
}

/** What the lab itself cost, by process. */
export function summarizeLab(samples: readonly EventOf<"lab_sampled">[]): ScenarioSummary["lab"] {
  const names = new Set(samples.map((sample) => sample.process));
  return Object.fromEntries(
    [...names].map((name) => {
      const own = samples.filter((sample) => sample.process === name);
      return [
        name,
        {
          cpuPercent: statistics(known(own.map((s) => s.cpuPercent)), "percent"),
          memoryBytes: statistics(known(own.map((s) => s.memoryBytes)), "bytes"),
        },
      ];
    }),
  );
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
