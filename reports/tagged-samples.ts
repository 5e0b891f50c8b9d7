import type { EventOf, RunEvent, SessionFinished } from "../lab/model/events.ts";
import { isAllocations, isGrid } from "../lab/model/grid.ts";
import type { TurnTransport } from "../lab/model/ice.ts";
import type { MetricName } from "../lab/model/metrics.ts";
import { ROLES } from "../lab/model/scenario.ts";
import type { GridTag, SystemTag, Tags } from "../lab/model/tags.ts";
import { turnTransportOf } from "../lab/model/turn-transport.ts";
import { allocationSamples } from "./allocation-samples.ts";
import { collectSilences } from "./collect-silences.ts";
import { jitters, rtpStreams, skippedPackets } from "./rtp-streams.ts";

/** One sample of a metric, or of a rate several at once: `value` hits out of `of`. */
export type TaggedSample = {
  metric: MetricName;
  /** Unix ms: when it was known. */
  at: number;
  value: number;
  of?: number;
  tags: Tags;
  session?: SessionOfSample;
};

/** `vu` from 1 on; `iter`: which of this VU's it is, from 0 on, as k6's `__ITER`. */
type SessionOfSample = { number: number; vu: number; iter: number };

type OwnTags = Partial<Record<SystemTag | GridTag, string | undefined>>;
type OfScenario = Extract<RunEvent, { scenario: string }>;

/** Every sample of a scenario's events, in the order of its log; those of silences last, since a later call may end one. */
export function taggedSamples(events: readonly RunEvent[]): TaggedSample[] {
  const collector = new SampleCollector();
  for (const event of events) collector.add(event);
  return collector.samples();
}

/** The samples of one scenario as its log grows: each event is looked at once, since a load is looked at every two seconds. */
export class SampleCollector {
  readonly #samples: TaggedSample[] = [];
  readonly #byMetric = new Map<MetricName, TaggedSample[]>();
  /** Sessions that fell silent, and those in whose place others were made. */
  readonly #silent: SessionFinished[] = [];
  /** By VU: how many iterations it has begun; by session: which of them it is. */
  readonly #begun = new Map<number, number>();
  readonly #iters = new Map<number, number>();
  #given: Tags = {};
  /** Of all allocations, where the scenario is of those. */
  #over: TurnTransport | undefined;

  add(event: RunEvent): void {
    for (const sample of this.#samplesOf(event)) {
      this.#samples.push(sample);
      const known = this.#byMetric.get(sample.metric);
      if (known) known.push(sample);
      else this.#byMetric.set(sample.metric, [sample]);
    }
  }

  /** Of all metrics, or of one. */
  samples(metric?: MetricName): TaggedSample[] {
    if (metric === undefined) return [...this.#samples, ...this.#silenceSamples()];
    if (metric !== "recovery_time" && metric !== "session_recovered") return this.#byMetric.get(metric) ?? [];
    return this.#silenceSamples().filter((sample) => sample.metric === metric);
  }

  #samplesOf(event: RunEvent): TaggedSample[] {
    switch (event.type) {
      case "scenario_started":
        this.#given = isGrid(event.definition) ? {} : (event.definition.load.tags ?? {});
        this.#over = isAllocations(event.definition) ? event.definition.allocation.over : undefined;
        return [];
      case "session_started": {
        const iter = this.#begun.get(event.vu) ?? 0;
        this.#begun.set(event.vu, iter + 1);
        this.#iters.set(event.session, iter);
        return [this.#sampler(event, { ...event.cell }, event)("sessions", 1)];
      }
      case "session_finished":
        if (event.recoveries || event.replaces) this.#silent.push(event);
        return sessionSamples(event, this.#sampler(event, tagsOf(event), event));
      case "ice_servers_fetched":
        return fetchSamples(event, this.#sampler(event, { api: event.api, role: event.role }, event));
      case "allocations_measured":
        return allocationSamples(event, this.#sampler(event, { transport: this.#over }));
      case "iterations_dropped":
        return [this.#sampler(event, { reason: event.reason })("dropped_iterations", event.count)];
      default:
        return [];
    }
  }

  #silenceSamples(): TaggedSample[] {
    const silences = Map.groupBy(collectSilences(this.#silent), ({ session }) => session);
    return this.#silent.flatMap((event) => {
      const sample = this.#sampler(event, tagsOf(event), event);
      return (silences.get(event.session) ?? []).flatMap(({ recoveredAfterMs: ms }) => [
        ...(ms === null ? [] : [sample("recovery_time", ms)]),
        sample("session_recovered", ms === null ? 0 : 1),
      ]);
    });
  }

  /** Samples of one event: what is known of all of them, and then of each. */
  #sampler(event: OfScenario & { at: number }, known: OwnTags, of?: { session: number; vu: number }): Sampler {
    const tags = { ...this.#given, ...defined({ scenario: event.scenario, ...known }) };
    const session = of && { number: of.session, vu: of.vu, iter: this.#iters.get(of.session) ?? 0 };
    return (metric, value, { of: total, ...own } = {}) => ({
      metric,
      at: event.at,
      value,
      ...(total === undefined ? {} : { of: total }),
      tags:
        Object.keys(own).length === 0
          ? tags
          : { ...this.#given, ...defined({ scenario: event.scenario, ...known, ...own }) },
      ...(session ? { session } : {}),
    });
  }
}

function tagsOf({ path, pair, failure, peers, cell }: SessionFinished): OwnTags {
  return {
    path: path ?? undefined,
    pair: pair ?? undefined,
    transport: pair === null ? undefined : transportsOf(peers),
    failure: failure?.code,
    ...cell,
  };
}

function transportsOf(peers: SessionFinished["peers"]): string | undefined {
  const used = ROLES.map((role) => turnTransportOf(peers, role)).filter((transport) => transport !== null);
  return used.length === 0 ? undefined : [...new Set(used)].join("-");
}

export type Sampler = (metric: MetricName, value: number, own?: OwnTags & { of?: number }) => TaggedSample;

const OF_CONNECTED = ["connect_time", "ice_time", "dtls_time", "first_data_time"] as const;

function sessionSamples(event: SessionFinished, sample: Sampler): TaggedSample[] {
  const { outcome, dropped, timings, peers, messagesSkipped } = event;
  const isConnected = outcome === "connected";
  const sum = (key: "messagesSent" | "messagesReceived") => ROLES.reduce((total, role) => total + peers[role][key], 0);
  return [
    sample("session_success", isConnected && !dropped ? 1 : 0),
    ...OF_CONNECTED.flatMap((name) => {
      const value = timings[name];
      return isConnected && value !== null ? [sample(name, value)] : [];
    }),
    // These two are over before anybody knows whether the session connects.
    ...(timings.gather_time === null ? [] : [sample("gather_time", timings.gather_time)]),
    ...timings.turn_allocate_time.map((value, index) =>
      // Its own transport, and not that of the pair that was selected.
      sample("turn_allocate_time", value, {
        role: timings.turn_allocate_of?.[index]?.role,
        transport: timings.turn_allocate_of?.[index]?.transport ?? undefined,
      }),
    ),
    ...(isConnected ? [sample("message_delivery", sum("messagesReceived"), { of: sum("messagesSent") })] : []),
    sample("dropped_sessions", isConnected && dropped ? 1 : 0),
    sample("skipped_messages", messagesSkipped),
    sample("rtp_skipped", skippedPackets(event)),
    ...(isConnected ? jitters(event).map((value) => sample("rtp_jitter", value)) : []),
    ...(isConnected
      ? rtpStreams(event).map(({ sent, received }) => sample("rtp_delivery", received, { of: sent }))
      : []),
  ];
}

function fetchSamples({ source, fetchMs, isCacheAsked }: EventOf<"ice_servers_fetched">, sample: Sampler) {
  return [
    ...(source === "api" ? [sample("ice_servers_fetches", 1)] : []),
    ...(source === "api" && fetchMs !== null ? [sample("ice_servers_fetch_time", fetchMs)] : []),
    ...(isCacheAsked ? [sample("ice_servers_cache_hits", source === "cache" ? 1 : 0)] : []),
  ];
}

function defined(tags: OwnTags): Tags {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([tag, value]) => (value === undefined ? [] : [[tag, value]])),
  );
}
