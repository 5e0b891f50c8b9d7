import type { EventOf, EventType, RunEvent } from "../lab/model/events.ts";
import { isGrid } from "../lab/model/grid.ts";
import type { TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";
import { statistics, wilson } from "../lab/statistics/statistics.ts";
import { containerDeaths } from "./container-deaths.ts";
import { evaluateThresholds, subMetricsOf } from "./evaluate-thresholds.ts";
import type { RunEnd } from "./judge-scenario.ts";
import { judgeCells, judgeDeaths, judgeEnd, judgeSessions } from "./judge-scenario.ts";
import type { Samples, Wanted } from "./samples.ts";
import { collectSamples } from "./samples.ts";
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

/** Folds the events of one scenario into its summary. `events` may be empty: then it never started. */
export function summarizeScenario(name: string, events: readonly RunEvent[], run: RunEnd): ScenarioSummary {
  const all = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
  const definition = all("scenario_started")[0]?.definition;
  const scenario = definition && !isGrid(definition) ? definition : undefined;
  const cells = summarizeCells(all("grid_planned")[0], all("session_finished"));
  const unexpected = new Set(cells?.flatMap(({ status, session }) => (status === "failed" ? [session] : [])));
  const end = all("scenario_finished").at(-1);
  const finished = all("session_finished");
  const starts = all("session_started");
  const started = starts.length;
  const connected = finished.filter((session) => session.outcome === "connected");
  const droppedIterations = all("iterations_dropped").reduce((total, event) => total + event.count, 0);
  const tagged = taggedSamples(events);
  const isCompleted = end?.outcome === "completed";
  const samplesOf = (wanted: Wanted) => collectSamples(tagged, { isCompleted, wanted });
  const samples = collectSamples(tagged, { isCompleted });

  const summary: Omit<ScenarioSummary, "status" | "reason"> = {
    name,
    description: definition?.description ?? "",
    durationMs: end?.durationMs ?? null,
    expectedPath: scenario?.expectedPath ?? null,
    expectedFailure: scenario?.expectedFailure ?? null,
    cells,
    legend: summarizeLegend(definition),
    sessions: {
      started,
      connected: connected.length,
      failed: finished.length - connected.length,
      dropped: connected.filter((session) => session.dropped).length,
    },
    successRate: cells
      ? { value: null, ci95: null }
      : {
          value: finished.length === 0 ? null : connected.length / finished.length,
          ci95: wilson(connected.length, finished.length),
        },
    metrics: summarizeTrends(samples.trends),
    submetrics: scenario ? summarizeSubMetrics(subMetricsOf(scenario), samplesOf) : {},
    unfinishedGathers: finished.filter(isGatherUnfinished).length,
    messageDelivery: {
      sent: samples.rates.message_delivery.total,
      received: samples.rates.message_delivery.hits,
      skipped: finished.reduce((total, session) => total + session.messagesSkipped, 0),
    },
    droppedIterations,
    ...summarizeOutcomes(finished, ({ session }) => !cells || unexpected.has(session), all("session_timeline")),
    turnServers: summarizeServers(
      definition?.topology.turnServers ?? {},
      all("turn_server_sampled"),
      all("turn_server_image"),
      all("turn_server_metrics"),
    ),
    turnConfigs: summarizeConfigs(all("turn_config_read")),
    routers: summarizeRouters(all("router_probed"), definition?.traffic),
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
    thresholds: scenario ? evaluateThresholds(scenario, samplesOf) : [],
  };
  const roles = new Map(all("lab_up").flatMap(({ nodes }) => nodes.map((node) => [node.name, node.role] as const)));
  const { status, reason } =
    judgeEnd(
      {
        started: definition !== undefined,
        wasUp: all("lab_up").length > 0,
        expectedFailure: summary.expectedFailure,
      },
      end,
      run,
    ) ??
    judgeDeaths(summary.containerDeaths, roles) ??
    (cells ? judgeCells(cells) : judgeSessions(summary));
  const { name: _, description, ...rest } = summary;
  return { name, description, status, reason, ...rest };
}

function summarizeConfigs(read: readonly EventOf<"turn_config_read">[]): ScenarioSummary["turnConfigs"] {
  return Object.fromEntries(
    read.map(({ server, file, filled, supplied, overridden, warnings }) => [
      server,
      { file, filled, supplied, overridden, warnings },
    ]),
  );
}

function summarizeTrends(trends: Samples["trends"]): Record<TrendName, ReturnType<typeof statistics>> {
  const summarizeTrend = (name: TrendName) => statistics(trends[name], METRICS[name].unit);
  return {
    connect_time: summarizeTrend("connect_time"),
    ice_servers_fetch_time: summarizeTrend("ice_servers_fetch_time"),
    gather_time: summarizeTrend("gather_time"),
    turn_allocate_time: summarizeTrend("turn_allocate_time"),
    ice_time: summarizeTrend("ice_time"),
    dtls_time: summarizeTrend("dtls_time"),
    first_data_time: summarizeTrend("first_data_time"),
    recovery_time: summarizeTrend("recovery_time"),
  };
}

/** Who had no list of ICE servers never began to gather. */
function isGatherUnfinished({ timings, failure }: EventOf<"session_finished">): boolean {
  return timings.gather_time === null && !failure?.code.startsWith("ice_servers_");
}
