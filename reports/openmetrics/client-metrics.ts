import type { EventOf } from "../../lab/model/events.ts";
import { histogramValues } from "../../lab/statistics/histogram.ts";
import { sumOf } from "../allocation-samples.ts";
import type { Series } from "./series.ts";

/** One stretch of a load of raw TURN clients. */
export function addClients(series: Series, measured: EventOf<"allocations_measured">, transport: string): void {
  const { scenario } = measured;
  const client = { scenario, transport };
  series.add("turnlab_clients_started", client, measured.started);
  series.add("turnlab_clients_allocated", client, measured.allocated);
  const { ended, failed, lost, interrupted } = measured;
  for (const [outcome, count] of Object.entries({ ended, failed: sumOf(failed), lost, interrupted }))
    series.add("turnlab_clients_finished", { ...client, outcome }, count);
  for (const [failure, count] of [...Object.entries(failed), ...Object.entries(measured.lostBy)])
    series.add("turnlab_client_failures", { ...client, failure }, count);
  series.set("turnlab_clients_held", client, measured.held);
  for (const [result, count] of [
    ["sent", measured.packetsSent],
    ["received", measured.packetsReceived],
    ["lost", measured.packetsLost],
    ["skipped", measured.packetsSkipped],
  ] as const)
    series.add("turnlab_client_packets", { ...client, result }, count);
  series.add("turnlab_client_bytes", { ...client, result: "sent" }, measured.bytesSent);
  series.add("turnlab_client_bytes", { ...client, result: "received" }, measured.bytesReceived);
  if (measured.dropped > 0)
    series.add("turnlab_iterations_dropped", { scenario, reason: "no free VU" }, measured.dropped);
  observeAll(measured.connectTime, (s, times) =>
    // What raw clients come to is a relayed address.
    series.observe("turnlab_connect_time_seconds", { scenario, path: "relayed" }, s, times),
  );
  observeAll(measured.allocateTime, (s, times) =>
    series.observe("turnlab_stage_time_seconds", { scenario, stage: "turn_allocate" }, s, times),
  );
  observeAll(measured.roundTrip, (s, times) => series.observe("turnlab_client_round_trip_seconds", client, s, times));
  series.set("turnlab_generator_cpu_ratio", { scenario, of: "process" }, measured.cpuPercent / 100);
  series.set("turnlab_generator_cpu_ratio", { scenario, of: "busiest_worker" }, measured.busiestWorkerPercent / 100);
}

function observeAll(encoded: string | null, observe: (seconds: number, times: number) => void): void {
  if (encoded === null) return;
  for (const { value, times } of histogramValues(encoded)) observe(value / 1000, times);
}
