/**
 * The dashboard of a run, as Grafana's JSON model (grafana.com, "Dashboard JSON model"). `dashboard.json` is made from it (`vitest -u`):
 * what is imported is that file.
 */

/** Of Grafana 11; newer ones bring a dashboard up to their own when they load it. */
const SCHEMA_VERSION = 39;
const DATASOURCE = { type: "prometheus", uid: "$datasource" };
/** In every query. A scrape has no label `run`, which `.*` matches as well. */
const OF_RUN = 'job=~"$job",run=~"$run"';
const OF_SCENARIO = `${OF_RUN},scenario=~"$scenario"`;

type Query = { expr: string; legend: string; isInstant?: boolean; isHeatmap?: boolean };
type Panel = {
  title: string;
  description: string;
  type: "stat" | "timeseries" | "heatmap" | "table" | "state-timeline";
  width: number;
  height: number;
  unit?: string;
  /** From it on green, below it red; `isCeiling`: the other way round. */
  target?: { at: number; isCeiling?: boolean };
  range?: { min?: number; max?: number };
  queries: readonly Query[];
};

const one = (expr: string, legend: string): Query[] => [{ expr, legend }];
const now = (expr: string, legend: string): Query[] => [{ expr, legend, isInstant: true }];
const series = (name: string, labels = "") => `${name}{${OF_SCENARIO}${labels === "" ? "" : `,${labels}`}}`;
const rate = (name: string, labels = "") => `rate(${series(name, labels)}[$__rate_interval])`;
const ratio = (part: string, whole: string) => `${part} / (${whole} > 0)`;
const quantile = (q: number, name: string, keep: string, labels = "") =>
  `histogram_quantile(${q}, sum by (run, scenario, le${keep}) (${series(name, labels)}))`;

const finished = "turnlab_sessions_finished_total";
const relayed = "turnlab_relay_gatherings_total";
const byScenario = (expr: string) => `sum by (run, scenario) (${expr})`;

const ROWS: readonly { title: string; panels: readonly Panel[] }[] = [
  {
    title: "The answer",
    panels: [
      {
        title: "Run",
        description: "What the run is. A run that was killed stays running; see when it last told something.",
        type: "stat",
        width: 4,
        height: 5,
        queries: now(`turnlab_run_status{${OF_RUN}} == 1`, "{{status}}"),
      },
      {
        title: "Worst success so far",
        description:
          "Share of finished sessions that connected and lasted, in the scenario that has the least of those with a target. Scenarios are never averaged.",
        type: "stat",
        width: 5,
        height: 5,
        unit: "percentunit",
        target: { at: 0.95 },
        queries: now(
          `bottomk(1, ${series("turnlab_session_success_ratio")} and ${series("turnlab_target_success_ratio")})`,
          "{{scenario}}",
        ),
      },
      {
        title: "Worst connect time so far, p(95)",
        description: "From the buckets, so between two of their bounds it is estimated; 5 s is a bound.",
        type: "stat",
        width: 5,
        height: 5,
        unit: "s",
        target: { at: 5, isCeiling: true },
        queries: now(`topk(1, ${quantile(0.95, "turnlab_connect_time_seconds_bucket", "")})`, "{{scenario}}"),
      },
      {
        title: "Peers that came to a relay",
        description: "Of all that were given TURN URLs and waited for an answer, so far.",
        type: "stat",
        width: 5,
        height: 5,
        unit: "percentunit",
        target: { at: 0.95 },
        queries: now(
          ratio(`sum(${series(relayed, 'outcome="relayed"')})`, `sum(${series(relayed, 'outcome=~"relayed|failed"')})`),
          "relayed",
        ),
      },
      {
        title: "Sessions",
        description: "Under way, and finished.",
        type: "stat",
        width: 5,
        height: 5,
        queries: [
          ...now(`sum(${series("turnlab_sessions_open")})`, "under way"),
          ...now(`sum(${series(finished)})`, "finished"),
        ],
      },
      {
        title: "Scenarios",
        description: "What each scenario is, over time.",
        type: "state-timeline",
        width: 12,
        height: 8,
        queries: one(`${series("turnlab_scenario_status")} == 1`, "{{scenario}} {{status}}"),
      },
      {
        title: "Thresholds",
        description: "What each came to at the end of its scenario: 1 is the verdict that holds.",
        type: "table",
        width: 12,
        height: 8,
        queries: now(`${series("turnlab_threshold_verdict")} == 1`, ""),
      },
    ],
  },
  {
    title: "Calls",
    panels: [
      {
        title: "Success so far, with its 95 % interval",
        description: "The interval is Wilson's: what the true share may be, after so many sessions.",
        type: "timeseries",
        width: 12,
        height: 8,
        unit: "percentunit",
        range: { min: 0, max: 1 },
        queries: [
          ...one(series("turnlab_session_success_ratio"), "{{scenario}}"),
          ...one(series("turnlab_session_success_interval_ratio"), "{{scenario}} {{bound}}"),
          ...one(series("turnlab_target_success_ratio"), "{{scenario}} target"),
        ],
      },
      {
        title: "Connect time so far",
        description: "Median and 95th percentile of all calls of the run so far, and the target.",
        type: "timeseries",
        width: 12,
        height: 8,
        unit: "s",
        range: { min: 0 },
        queries: [
          ...one(quantile(0.5, "turnlab_connect_time_seconds_bucket", ""), "{{scenario}} p(50)"),
          ...one(quantile(0.95, "turnlab_connect_time_seconds_bucket", ""), "{{scenario}} p(95)"),
          ...one(series("turnlab_target_connect_time_seconds"), "{{scenario}} target"),
        ],
      },
      {
        title: "Connect time, distribution",
        description: "Calls that connected in each interval, by how long they took.",
        type: "heatmap",
        width: 12,
        height: 8,
        unit: "s",
        queries: [
          {
            expr: `sum by (le) (increase(${series("turnlab_connect_time_seconds_bucket")}[$__rate_interval]))`,
            legend: "{{le}}",
            isHeatmap: true,
          },
        ],
      },
      {
        title: "Stages of setting up, p(95)",
        description: "They overlap and do not add up.",
        type: "timeseries",
        width: 12,
        height: 8,
        unit: "s",
        range: { min: 0 },
        queries: one(quantile(0.95, "turnlab_stage_time_seconds_bucket", ", stage"), "{{scenario}} {{stage}}"),
      },
      {
        title: "Sessions finished each second",
        description: "By outcome and path.",
        type: "timeseries",
        width: 12,
        height: 8,
        unit: "cps",
        range: { min: 0 },
        queries: one(`sum by (outcome, path) (${rate(finished)})`, "{{outcome}} {{path}}"),
      },
      {
        title: "Failures and their causes so far",
        description: "What ends said, and what was found to be the cause.",
        type: "timeseries",
        width: 12,
        height: 8,
        range: { min: 0 },
        queries: [
          ...one(
            `sum by (scenario, failure) (${series("turnlab_session_failures_total")})`,
            "{{scenario}} {{failure}}",
          ),
          ...one(
            `sum by (scenario, cause) (${series("turnlab_session_diagnoses_total")})`,
            "{{scenario}} because of {{cause}}",
          ),
          ...one(
            `sum by (scenario, violation) (${series("turnlab_session_violations_total")})`,
            "{{scenario}} not as expected: {{violation}}",
          ),
        ],
      },
    ],
  },
  {
    title: "Relays and reconnects",
    panels: [
      {
        title: "Peers by whether they came to a relay",
        description: "Unfinished: their session was over before a server had answered.",
        type: "timeseries",
        width: 8,
        height: 8,
        range: { min: 0 },
        queries: one(`sum by (scenario, outcome) (${series(relayed)})`, "{{scenario}} {{outcome}}"),
      },
      {
        title: "TURN URLs tried",
        description: "By transport, and with which failure. Where UDP is blocked, UDP must fail.",
        type: "timeseries",
        width: 8,
        height: 8,
        range: { min: 0 },
        queries: one(
          `sum by (transport, outcome, failure) (${series("turnlab_turn_urls_total")})`,
          "{{transport}} {{outcome}} {{failure}}",
        ),
      },
      {
        title: "Silences, recoveries, reconnects",
        description: "Of a session they are known when it ends.",
        type: "timeseries",
        width: 8,
        height: 8,
        range: { min: 0 },
        queries: [
          ...one(byScenario(series("turnlab_silences_total")), "{{scenario}} silences"),
          ...one(byScenario(series("turnlab_recoveries_total")), "{{scenario}} recovered"),
          ...one(`sum by (scenario, kind) (${series("turnlab_reconnects_total")})`, "{{scenario}} {{kind}}"),
        ],
      },
    ],
  },
  {
    title: "TURN servers",
    panels: [
      {
        title: "CPU",
        description: "100 % is one core.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "percentunit",
        range: { min: 0 },
        queries: one(series("turnlab_turn_server_cpu_ratio"), "{{scenario}} {{server}}"),
      },
      {
        title: "Memory",
        description: "Of the server's container.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "bytes",
        range: { min: 0 },
        queries: one(series("turnlab_turn_server_memory_bytes"), "{{scenario}} {{server}}"),
      },
      {
        title: "Allocations, and calls under way",
        description: "Relay sockets that are open.",
        type: "timeseries",
        width: 8,
        height: 7,
        range: { min: 0 },
        queries: [
          ...one(series("turnlab_turn_server_allocations"), "{{scenario}} {{server}}"),
          ...one(series("turnlab_sessions_open"), "{{scenario}} calls"),
        ],
      },
      {
        title: "Bytes",
        description: "On the server's wires.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "Bps",
        range: { min: 0 },
        queries: one(rate("turnlab_turn_server_network_bytes_total"), "{{scenario}} {{server}} {{direction}}"),
      },
      {
        title: "Packets",
        description: "On the server's wires.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "pps",
        range: { min: 0 },
        queries: one(rate("turnlab_turn_server_network_packets_total"), "{{scenario}} {{server}} {{direction}}"),
      },
      {
        title: "Datagrams dropped, the server's sockets being full",
        description: "More than none: the server does not keep up.",
        type: "timeseries",
        width: 8,
        height: 7,
        range: { min: 0 },
        queries: one(series("turnlab_turn_server_udp_receive_buffer_errors_total"), "{{scenario}} {{server}}"),
      },
    ],
  },
  {
    title: "Raw TURN clients",
    panels: [
      {
        title: "Clients",
        description: "That hold an allocation, and those that failed or were lost.",
        type: "timeseries",
        width: 8,
        height: 7,
        range: { min: 0 },
        queries: [
          ...one(series("turnlab_clients_held"), "{{scenario}} held"),
          ...one(series("turnlab_client_failures_total"), "{{scenario}} {{failure}}"),
        ],
      },
      {
        title: "Packets",
        description: "Skipped: due, and not sent because the generator was busy.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "pps",
        range: { min: 0 },
        queries: one(rate("turnlab_client_packets_total"), "{{scenario}} {{result}}"),
      },
      {
        title: "Round trip",
        description: "Median and 99th percentile so far.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "s",
        range: { min: 0 },
        queries: [
          ...one(quantile(0.5, "turnlab_client_round_trip_seconds_bucket", ""), "{{scenario}} p(50)"),
          ...one(quantile(0.99, "turnlab_client_round_trip_seconds_bucket", ""), "{{scenario}} p(99)"),
        ],
      },
    ],
  },
  {
    title: "The lab itself",
    panels: [
      {
        title: "CPU of harness and peers",
        description: "100 % is one core. Where these are busy, a slow call is the machine's.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "percentunit",
        range: { min: 0 },
        queries: [
          ...one(series("turnlab_process_cpu_ratio"), "{{scenario}} {{process}}"),
          ...one(series("turnlab_generator_cpu_ratio"), "{{scenario}} generator, {{of}}"),
        ],
      },
      {
        title: "Memory of harness and peers",
        description: "Of their containers; of the harness its process.",
        type: "timeseries",
        width: 8,
        height: 7,
        unit: "bytes",
        range: { min: 0 },
        queries: one(series("turnlab_process_memory_bytes"), "{{scenario}} {{process}}"),
      },
      {
        title: "Load that was not produced",
        description:
          "Iterations that could not begin, messages and packets not sent because the lab was busy; containers that died.",
        type: "timeseries",
        width: 8,
        height: 7,
        range: { min: 0 },
        queries: [
          ...one(series("turnlab_iterations_dropped_total"), "{{scenario}} {{reason}}"),
          ...one(series("turnlab_messages_total", 'result="skipped"'), "{{scenario}} messages skipped"),
          ...one(series("turnlab_rtp_packets_total", 'result="skipped"'), "{{scenario}} RTP packets skipped"),
          ...one(series("turnlab_container_deaths_total"), "{{scenario}} {{node}} died"),
        ],
      },
      {
        title: "Versions",
        description: "What ran.",
        type: "table",
        width: 24,
        height: 6,
        queries: [
          ...now(`turnlab_build_info{${OF_RUN}}`, ""),
          ...now(`turnlab_engine_info{${OF_RUN}}`, ""),
          ...now(series("turnlab_turn_server_info"), ""),
          ...now(series("turnlab_browser_info"), ""),
        ],
      },
    ],
  },
];

/** All queries of it, for whoever checks them. */
export const QUERIES: readonly { panel: string; expr: string }[] = ROWS.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ panel: title, expr }))),
);

const label = (name: string, metric: string, text: string) => ({
  name,
  label: text,
  type: "query",
  datasource: DATASOURCE,
  query: { qryType: 1, query: `label_values(${metric}, ${name})`, refId: name },
  definition: `label_values(${metric}, ${name})`,
  refresh: 2,
  sort: 2,
  multi: true,
  includeAll: true,
  allValue: ".*",
  current: { selected: true, text: ["All"], value: ["$__all"] },
  hide: 0,
  options: [],
  regex: "",
  skipUrlSync: false,
});

/** The whole dashboard; the same each time. */
export function dashboard() {
  return {
    uid: "turnlab-run",
    title: "turnlab: a run",
    description: "Success, connect time, relays and server load of turnlab's runs, scraped or pushed.",
    tags: ["turnlab", "webrtc", "turn"],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "5s",
    time: { from: "now-15m", to: "now" },
    timezone: "browser",
    annotations: { list: [] },
    links: [],
    templating: {
      list: [
        {
          name: "datasource",
          label: "Data source",
          type: "datasource",
          query: "prometheus",
          refresh: 1,
          current: {},
          hide: 0,
          options: [],
          regex: "",
          multi: false,
          includeAll: false,
          skipUrlSync: false,
        },
        label("job", "turnlab_run_start_timestamp_seconds", "Job"),
        label("run", 'turnlab_run_start_timestamp_seconds{job=~"$job"}', "Run (pushed ones)"),
        label("scenario", `turnlab_scenario_status{${OF_RUN}}`, "Scenario"),
      ],
    },
    panels: placed(),
  };
}

/** Panels in their order, as many in a line as fit into Grafana's 24 columns. */
function placed() {
  let [id, x, y, height] = [0, 0, 0, 0];
  const line = () => {
    [x, y, height] = [0, y + height, 0];
  };
  return ROWS.flatMap(({ title, panels }) => {
    line();
    const row = { id: ++id, type: "row", title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] };
    y += 1;
    const own = panels.map((panel) => {
      if (x + panel.width > 24) line();
      const gridPos = { x, y, w: panel.width, h: panel.height };
      x += panel.width;
      height = Math.max(height, panel.height);
      return { id: ++id, gridPos, ...drawn(panel) };
    });
    return [row, ...own];
  });
}

function drawn({ title, description, type, unit, target, range, queries }: Panel) {
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map(({ expr, legend, isInstant, isHeatmap }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      editorMode: "code",
      expr,
      legendFormat: legend === "" ? "__auto" : legend,
      range: !isInstant,
      instant: isInstant ?? false,
      format: type === "table" ? "table" : isHeatmap ? "heatmap" : "time_series",
    })),
    fieldConfig: {
      defaults: {
        ...(unit === undefined ? {} : { unit }),
        ...range,
        thresholds: { mode: "absolute", steps: steps(target) },
        color: { mode: target || type === "state-timeline" ? "thresholds" : "palette-classic" },
      },
      overrides: [],
    },
    options: OPTIONS[type],
    // What a table has of time and job says nothing there.
    ...(type === "table" ? { transformations: [{ id: "merge", options: {} }] } : {}),
  };
}

function steps(target: Panel["target"]) {
  if (!target) return [{ color: "green", value: null }];
  const [below, from] = target.isCeiling ? ["green", "red"] : ["red", "green"];
  return [
    { color: below, value: null },
    { color: from, value: target.at },
  ];
}

const LEGEND = { displayMode: "list", placement: "bottom", showLegend: true };
const OPTIONS: Readonly<Record<Panel["type"], object>> = {
  stat: {
    colorMode: "background",
    graphMode: "none",
    justifyMode: "auto",
    orientation: "auto",
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    textMode: "value_and_name",
  },
  timeseries: { legend: LEGEND, tooltip: { mode: "multi", sort: "desc" } },
  "state-timeline": {
    legend: LEGEND,
    mergeValues: true,
    showValue: "never",
    rowHeight: 0.9,
    tooltip: { mode: "single" },
  },
  heatmap: { calculate: false, yAxis: { unit: "s" }, cellGap: 1, legend: { show: true }, tooltip: { mode: "single" } },
  table: { showHeader: true, cellHeight: "sm", footer: { show: false } },
};
