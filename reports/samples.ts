import type { EventOf, EventType, RunEvent, SessionFinished } from "../lab/model/events.ts";
import type { CounterName, RateName, TrendName } from "../lab/model/metrics.ts";
import { ROLES } from "../lab/model/scenario.ts";
import { collectSilences } from "./collect-silences.ts";
import { jitters, type RtpStream, rtpStreams, skippedPackets } from "./rtp-streams.ts";

/** The raw samples of one scenario: what metrics are computed from and thresholds look at. */
export type Samples = {
  trends: Record<TrendName, number[]>;
  rates: Record<RateName, { hits: number; total: number }>;
  /** Null where nothing was counted and the scenario did not run to its end: then 0 is not known. */
  counters: Record<CounterName, number | null>;
};

/** The samples of a scenario that may still be running: nothing that did not happen yet is counted as none. */
export function samplesOf(events: readonly RunEvent[]): Samples {
  const all = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
  return collectSamples({
    started: all("session_started").length,
    finished: all("session_finished"),
    fetches: all("ice_servers_fetched"),
    droppedIterations: all("iterations_dropped").reduce((total, { count }) => total + count, 0),
    completed: false,
  });
}

type LoadFacts = {
  started: number;
  finished: readonly SessionFinished[];
  fetches: readonly EventOf<"ice_servers_fetched">[];
  droppedIterations: number;
  completed: boolean;
};

/** Sorts the finished sessions of a scenario into samples by metric. */
export function collectSamples({ started, finished, fetches, droppedIterations, completed }: LoadFacts): Samples {
  const connected = finished.filter((session) => session.outcome === "connected");
  const dropped = connected.filter((session) => session.dropped).length;
  const asked = fetches.filter(({ source }) => source === "api");
  const lookedFor = fetches.filter(({ isCacheAsked }) => isCacheAsked);
  const silences = collectSilences(finished);
  const recoveryTimes = silences.flatMap(({ recoveredAfterMs }) =>
    recoveredAfterMs === null ? [] : [recoveredAfterMs],
  );
  const count = (n: number): number | null => (n > 0 || completed ? n : null);
  return {
    trends: {
      connect_time: times(connected, "connect_time"),
      ice_servers_fetch_time: asked.map(({ fetchMs }) => fetchMs).filter((ms) => ms !== null),
      // These two are over before anybody knows whether the session connects.
      gather_time: times(finished, "gather_time"),
      turn_allocate_time: finished.flatMap((session) => session.timings.turn_allocate_time),
      ice_time: times(connected, "ice_time"),
      dtls_time: times(connected, "dtls_time"),
      first_data_time: times(connected, "first_data_time"),
      recovery_time: recoveryTimes,
      rtp_jitter: connected.flatMap(jitters),
    },
    rates: {
      session_success: { hits: connected.length - dropped, total: finished.length },
      ice_servers_cache_hits: {
        hits: lookedFor.filter(({ source }) => source === "cache").length,
        total: lookedFor.length,
      },
      session_recovered: { hits: recoveryTimes.length, total: silences.length },
      message_delivery: { hits: sum(connected, "messagesReceived"), total: sum(connected, "messagesSent") },
      rtp_delivery: deliveryOf(connected),
    },
    counters: {
      sessions: count(started),
      ice_servers_fetches: count(asked.length),
      dropped_sessions: count(dropped),
      skipped_messages: count(finished.reduce((total, session) => total + session.messagesSkipped, 0)),
      skipped_packets: count(finished.reduce((total, session) => total + skippedPackets(session), 0)),
      dropped_iterations: count(droppedIterations),
    },
  };
}

function times(
  sessions: readonly SessionFinished[],
  name: keyof Omit<SessionFinished["timings"], "turn_allocate_time">,
): number[] {
  return sessions.map((session) => session.timings[name]).filter((value) => value !== null);
}

function sum(sessions: readonly SessionFinished[], key: "messagesSent" | "messagesReceived"): number {
  return sessions.reduce((total, { peers }) => total + ROLES.reduce((n, role) => n + peers[role][key], 0), 0);
}

function deliveryOf(sessions: readonly SessionFinished[]): { hits: number; total: number } {
  const all = sessions.flatMap(rtpStreams);
  const add = (of: (one: RtpStream) => number) => all.reduce((total, one) => total + of(one), 0);
  return { hits: add(({ received }) => received), total: add(({ sent }) => sent) };
}
