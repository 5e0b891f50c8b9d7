import type { EventOf, RunEvent } from "../../lab/model/events.ts";
import type { Series } from "./series.ts";

/** What each direction of coturn's counters is called in its own words: packets and bytes from TURN peers, and to them. */
const RELAYED = [
  ["turnlab_turn_server_relayed_bytes", "receive", "turn_total_traffic_peer_rcvb"],
  ["turnlab_turn_server_relayed_bytes", "transmit", "turn_total_traffic_peer_sentb"],
  ["turnlab_turn_server_relayed_packets", "receive", "turn_total_traffic_peer_rcvp"],
  ["turnlab_turn_server_relayed_packets", "transmit", "turn_total_traffic_peer_sentp"],
] as const;

/** What servers and the lab itself cost. */
export class ServerMetrics {
  readonly #series: Series;
  /** By scenario and server: when it was sampled last, in monotonic ms. */
  readonly #sampledAtMs = new Map<string, number>();

  constructor(series: Series) {
    this.#series = series;
  }

  add(event: RunEvent): void {
    switch (event.type) {
      case "turn_server_image": {
        const { scenario, server, reference: image, version } = event;
        return this.#series.info("turnlab_turn_server", { scenario, server, image, version: version ?? "unknown" });
      }
      case "turn_server_sampled":
        return this.#sampled(event);
      case "turn_server_metrics": {
        const { scenario, server, changes } = event;
        for (const [name, direction, own] of RELAYED) {
          const count = changes?.[own];
          if (count !== undefined) this.#series.add(name, { scenario, server, direction }, count);
        }
        return;
      }
      case "allocations_cut":
        return this.#series.add(
          "turnlab_allocations_cut",
          { scenario: event.scenario, server: event.server },
          event.count,
        );
      case "lab_sampled": {
        const { scenario, process, cpuPercent, memoryBytes } = event;
        if (cpuPercent !== null) this.#series.set("turnlab_process_cpu_ratio", { scenario, process }, cpuPercent / 100);
        return this.#series.set("turnlab_process_memory_bytes", { scenario, process }, memoryBytes);
      }
      case "lab_going_down":
      case "scenario_finished":
        return this.#isGone(event.scenario);
    }
  }

  #sampled(event: EventOf<"turn_server_sampled">): void {
    const { scenario, server, cpuPercent, sampledAtMs } = event;
    const of = { scenario, server };
    if (cpuPercent !== null) this.#series.set("turnlab_turn_server_cpu_ratio", of, cpuPercent / 100);
    this.#series.set("turnlab_turn_server_memory_bytes", of, event.memoryBytes);
    this.#series.set("turnlab_turn_server_allocations", of, event.allocations);
    this.#series.set("turnlab_turn_server_udp_receive_buffer_errors", of, event.udpReceiveBufferErrors);
    const key = JSON.stringify([scenario, server]);
    const seconds = (sampledAtMs - (this.#sampledAtMs.get(key) ?? sampledAtMs)) / 1000;
    this.#sampledAtMs.set(key, sampledAtMs);
    // A rate is what was counted between two samples, by their distance: so it is counted again, exactly.
    const count = (perSecond: number | null) => Math.round((perSecond ?? 0) * seconds);
    for (const [direction, bits, packets] of [
      ["receive", event.rxBitsPerSecond, event.rxPacketsPerSecond],
      ["transmit", event.txBitsPerSecond, event.txPacketsPerSecond],
    ] as const) {
      this.#series.add(
        "turnlab_turn_server_network_bytes",
        { ...of, direction },
        count(bits === null ? null : bits / 8),
      );
      this.#series.add("turnlab_turn_server_network_packets", { ...of, direction }, count(packets));
    }
  }

  /** What is no more has no load: a gauge that stays would be read as one. Its peak is told with the verdict. */
  #isGone(scenario: string): void {
    for (const name of LOADS) this.#series.drop(name, scenario);
  }
}

const LOADS = [
  "turnlab_turn_server_cpu_ratio",
  "turnlab_turn_server_memory_bytes",
  "turnlab_turn_server_allocations",
  "turnlab_process_cpu_ratio",
  "turnlab_process_memory_bytes",
  "turnlab_generator_cpu_ratio",
  "turnlab_clients_held",
] as const;
