import type { EventOf, EventType, RunEvent } from "../lab/model/events.ts";
import { isAllocations, isGrid, isSessions } from "../lab/model/grid.ts";
import type { Statistics, TrendName } from "../lab/model/metrics.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";
import { wilson } from "../lab/statistics/statistics.ts";
import { taggedHistograms } from "./allocation-samples.ts";
import { containerDeaths } from "./container-deaths.ts";
import { evaluateThresholds, subMetricsOf } from "./evaluate-thresholds.ts";
import type { RunEnd } from "./judge-scenario.ts";
import { judgeCells, judgeDeaths, judgeEnd, judgeSessions } from "./judge-scenario.ts";
import type { Samples, Wanted } from "./samples.ts";
import { collectSamples } from "./samples.ts";
import { sessionsOf, summarizeAllocations } from "./summarize-allocations.ts";
import { summarizeCells, summarizeLegend } from "./summarize-cells.ts";
import { summarizeChanges } from "./summarize-changes.ts";
import { summarizeCuts, summarizeIceServers } from "./summarize-ice-servers.ts";
import { summarizeLinks } from "./summarize-links.ts";
import { summarizeLab, summarizeServers } from "./summarize-load.ts";
import { summarizeOutcomes } from "./summarize-outcomes.ts";
import { summarizeMedia, summarizePeers } from "./summarize-peers.ts";
import { summarizeDropped, summarizeRouters } from "./summarize-routers.ts";
import { summarizeSubMetrics } from "./summarize-sub-metrics.ts";
import { taggedSamples } from "./tagged-samples.ts";
import { trendStatistics } from "./trend-statistics.ts";

/** Folds the events of one scenario into its summary. `events` may be empty: then it never started. */
export function summarizeScenario(name: string, events: readonly RunEvent[], run: RunEnd): ScenarioSummary {
  const all = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
  const definition = all("scenario_started")[0]?.definition;
  const scenario = definition && isSessions(definition) ? definition : undefined;
  const judged = definition && !isGrid(definition) ? definition : undefined;
  const traffic = definition && !isAllocations(definition) ? definition.traffic : undefined;
  const cells = summarizeCells(all("grid_planned")[0], all("session_finished"));
  const unexpected = new Set(cells?.flatMap(({ status, session }) => (status === "failed" ? [session] : [])));
  const end = all("scenario_finished").at(-1);
  const finished = all("session_finished");
  const starts = all("session_started");
  const allocations = summarizeAllocations(
    definition !== undefined && isAllocations(definition),
    all("allocations_measured"),
  );
  const connected = finished.filter((session) => session.outcome === "connected");
  const sessions = allocations
    ? sessionsOf(allocations)
    : {
        started: starts.length,
        connected: connected.length,
        failed: finished.length - connected.length,
        dropped: connected.filter((session) => session.dropped).length,
      };
  const ended = sessions.connected + sessions.failed;
  const tagged = taggedSamples(events);
  const histograms = taggedHistograms(events);
  const isCompleted = end?.outcome === "completed";
  const samplesOf = (wanted: Wanted) => collectSamples(tagged, { isCompleted, wanted, histograms });
  const samples = collectSamples(tagged, { isCompleted, histograms });

  const summary: Omit<ScenarioSummary, "status" | "reason"> = {
    name,
    description: definition?.description ?? "",
    durationMs: end?.durationMs ?? null,
    endedEarly: endedEarly(all("load_aborted")[0], all("lab_up")[0]),
    expectedPath: scenario?.expectedPath ?? null,
    expectedFailure: scenario?.expectedFailure ?? null,
    cells,
    legend: summarizeLegend(definition),
    allocations,
    sessions,
    successRate: cells
      ? { value: null, ci95: null }
      : {
          value: ended === 0 ? null : sessions.connected / ended,
          ci95: wilson(sessions.connected, ended),
        },
    metrics: summarizeTrends(samples),
    submetrics: judged ? summarizeSubMetrics(subMetricsOf(judged), samplesOf) : {},
    unfinishedGathers: finished.filter(isGatherUnfinished).length,
    messageDelivery: {
      sent: samples.rates.message_delivery.total,
      received: samples.rates.message_delivery.hits,
      skipped: finished.reduce((total, session) => total + session.messagesSkipped, 0),
    },
    droppedIterations: samples.counters.dropped_iterations ?? 0,
    ...summarizeOutcomes(finished, ({ session }) => !cells || unexpected.has(session), all("session_timeline")),
    turnServers: summarizeServers(
      definition?.topology.turnServers ?? {},
      all("turn_server_sampled"),
      all("turn_server_image"),
      all("turn_server_metrics"),
    ),
    turnConfigs: summarizeConfigs(all("turn_config_read")),
    routers: summarizeRouters(all("router_probed"), traffic),
    iceServerApis: summarizeIceServers(all("ice_servers_fetched")),
    allocationsCut: summarizeCuts(all("allocations_cut")),
    evidence: all("evidence_kept").map(({ kind, node, file, note }) => ({ kind, node, file, note })),
    dropped: summarizeDropped(all("router_counted")),
    links: summarizeLinks(all("link_measured")),
    silences: {
      total: samples.rates.session_recovered.total,
      recovered: samples.rates.session_recovered.hits,
    },
    changes: summarizeChanges(
      scenario?.changes ?? [],
      all("lab_changed"),
      { started: starts, finished },
      scenario?.traffic?.messagesPerSecond,
    ),
    containerDeaths: containerDeaths(events),
    lab: summarizeLab(all("lab_sampled")),
    peers: summarizePeers(definition, events),
    media: summarizeMedia(connected),
    thresholds: judged ? evaluateThresholds(judged, samplesOf) : [],
  };
  const roles = new Map(all("lab_up").flatMap(({ nodes }) => nodes.map((node) => [node.name, node.role] as const)));
  const { status, reason } =
    judgeEnd(
      {
        started: definition !== undefined,
        wasUp: all("lab_up").length > 0,
        expectedFailure: summary.expectedFailure,
        deaths: summary.containerDeaths,
      },
      end,
      run,
    ) ??
    judgeDeaths(summary.containerDeaths, roles) ??
    (cells ? judgeCells(cells) : judgeSessions(summary));
  const { name: _, description, ...rest } = summary;
  return { name, description, status, reason, ...rest };
}

function endedEarly(
  aborted: EventOf<"load_aborted"> | undefined,
  up: EventOf<"lab_up"> | undefined,
): ScenarioSummary["endedEarly"] {
  return aborted ? { threshold: aborted.threshold, afterMs: up ? aborted.at - up.at : null } : null;
}

function summarizeConfigs(read: readonly EventOf<"turn_config_read">[]): ScenarioSummary["turnConfigs"] {
  return Object.fromEntries(
    read.map(({ server, file, lines, filled, supplied, overridden, warnings }) => [
      server,
      { file, ...(lines ? { lines } : {}), filled, supplied, overridden, warnings },
    ]),
  );
}

function summarizeTrends(samples: Samples): Record<TrendName, Statistics> {
  const summarizeTrend = (name: TrendName) => trendStatistics(name, samples);
  return {
    connect_time: summarizeTrend("connect_time"),
    ice_servers_fetch_time: summarizeTrend("ice_servers_fetch_time"),
    gather_time: summarizeTrend("gather_time"),
    turn_allocate_time: summarizeTrend("turn_allocate_time"),
    ice_time: summarizeTrend("ice_time"),
    dtls_time: summarizeTrend("dtls_time"),
    first_data_time: summarizeTrend("first_data_time"),
    recovery_time: summarizeTrend("recovery_time"),
    rtp_jitter: summarizeTrend("rtp_jitter"),
    round_trip_time: summarizeTrend("round_trip_time"),
    jitter: summarizeTrend("jitter"),
  };
}

/** Who had no list of ICE servers never began to gather. */
function isGatherUnfinished({ timings, failure }: EventOf<"session_finished">): boolean {
  return timings.gather_time === null && !failure?.code.startsWith("ice_servers_");
}
