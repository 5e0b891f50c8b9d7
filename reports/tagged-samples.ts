import type { EventOf, EventType, RunEvent, SessionFinished } from "../lab/model/events.ts";
import { isAllocations, isGrid } from "../lab/model/grid.ts";
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

/** Every sample of a scenario's events so far, in the order of its log. */
export function taggedSamples(events: readonly RunEvent[]): TaggedSample[] {
  const all = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
  const [definition] = all("scenario_started").map((started) => started.definition);
  const given = definition && !isGrid(definition) ? (definition.load.tags ?? {}) : {};
  const finished = all("session_finished");
  const iters = iterationsOfVus(all("session_started"));
  const silences = Map.groupBy(collectSilences(finished), ({ session }) => session);

  /** Samples of one event: what is known of all of them, and then of each. */
  const of = (event: OfScenario & { at: number }, known: OwnTags, session?: { session: number; vu: number }) => {
    const base = {
      at: event.at,
      ...(session
        ? { session: { number: session.session, vu: session.vu, iter: iters.get(session.session) ?? 0 } }
        : {}),
    };
    return (metric: MetricName, value: number, { of, ...own }: OwnTags & { of?: number } = {}): TaggedSample => ({
      metric,
      ...base,
      value,
      ...(of === undefined ? {} : { of }),
      tags: { ...given, ...defined({ scenario: event.scenario, ...known, ...own }) },
    });
  };

  return events.flatMap((event): TaggedSample[] => {
    switch (event.type) {
      case "session_started":
        return [of(event, { ...event.cell }, event)("sessions", 1)];
      case "session_finished": {
        const sample = of(event, tagsOf(event), event);
        const recoveries = (silences.get(event.session) ?? []).flatMap(({ recoveredAfterMs: ms }) => [
          ...(ms === null ? [] : [sample("recovery_time", ms)]),
          sample("session_recovered", ms === null ? 0 : 1),
        ]);
        return [...sessionSamples(event, sample), ...recoveries];
      }
      case "ice_servers_fetched":
        return fetchSamples(event, of(event, { api: event.api, role: event.role }, event));
      case "allocations_measured": {
        const transport = definition && isAllocations(definition) ? definition.allocation.over : undefined;
        return allocationSamples(event, of(event, { transport }));
      }
      case "iterations_dropped":
        return [of(event, { reason: event.reason })("dropped_iterations", event.count)];
      default:
        return [];
    }
  });
}

/** By session: how many of its VU had begun before. */
function iterationsOfVus(started: readonly EventOf<"session_started">[]): Map<number, number> {
  const begun = new Map<number, number>();
  return new Map(
    started.map(({ session, vu }) => {
      const iter = begun.get(vu) ?? 0;
      begun.set(vu, iter + 1);
      return [session, iter];
    }),
  );
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
      sample("turn_allocate_time", value, { role: timings.turn_allocate_roles?.[index] }),
    ),
    ...(isConnected ? [sample("message_delivery", sum("messagesReceived"), { of: sum("messagesSent") })] : []),
    sample("dropped_sessions", isConnected && dropped ? 1 : 0),
    sample("skipped_messages", messagesSkipped),
    sample("skipped_packets", skippedPackets(event)),
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
