import type { EventOf, RunEvent } from "../lab/model/events.ts";
import { isAllocations } from "../lab/model/grid.ts";
import type { TrendName } from "../lab/model/metrics.ts";
import type { Tags } from "../lab/model/tags.ts";
import type { Sampler, TaggedSample } from "./tagged-samples.ts";

type Measured = EventOf<"allocations_measured">;

/** Many samples of a trend at once: a HdrHistogram of microseconds. `at`: the end of its stretch. */
export type TaggedHistogram = { metric: TrendName; at: number; histogram: string; tags: Tags };

/** What raw TURN clients came to in one stretch, but for its histograms. */
export function allocationSamples(measured: Measured, sample: Sampler): TaggedSample[] {
  const { started, ended, lost, dropped, packetsSent, packetsReceived, packetsLost, packetsSkipped, jitterMs } =
    measured;
  const failed = sumOf(measured.failed);
  const rate = (
    metric: "allocation_success" | "packet_delivery" | "packets_on_time" | "iterations_begun",
    value: number,
    of: number,
  ) => (of === 0 ? [] : [sample(metric, value, { of })]);
  const count = (metric: "sessions" | "packets_skipped" | "dropped_iterations", value: number) =>
    value === 0 ? [] : [sample(metric, value)];
  return [
    ...count("sessions", started),
    ...rate("allocation_success", ended, ended + lost + failed),
    ...rate("packet_delivery", packetsReceived, packetsReceived + packetsLost),
    ...rate("packets_on_time", packetsSent, packetsSent + packetsSkipped),
    ...rate("iterations_begun", started, started + dropped),
    ...count("packets_skipped", packetsSkipped),
    ...count("dropped_iterations", dropped),
    ...(jitterMs === null ? [] : [sample("jitter", jitterMs)]),
  ];
}

/** The histograms of a scenario's events so far. */
export function taggedHistograms(events: readonly RunEvent[]): TaggedHistogram[] {
  const definition = events.find((event) => event.type === "scenario_started")?.definition;
  if (!definition || !isAllocations(definition)) return [];
  return events.flatMap((event) => {
    if (event.type !== "allocations_measured") return [];
    const { at, scenario, connectTime, allocateTime, roundTrip } = event;
    const tags = { ...definition.load.tags, scenario, transport: definition.allocation.over };
    const of = (metric: TrendName, histogram: string | null) =>
      histogram === null ? [] : [{ metric, at, histogram, tags }];
    return [
      ...of("connect_time", connectTime),
      ...of("turn_allocate_time", allocateTime),
      ...of("round_trip_time", roundTrip),
    ];
  });
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
