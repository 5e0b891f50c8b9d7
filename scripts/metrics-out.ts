import { Hono } from "hono";
import type { RunEvent } from "../lab/model/events.ts";
import { CONTENT_TYPES } from "../reports/openmetrics/exposition.ts";
import { MetricsSoFar } from "../reports/openmetrics/metrics-so-far.ts";
import { formatFor } from "../reports/openmetrics/negotiate.ts";
import { Pusher, pushGatewayOf } from "./push-gateway.ts";
import { portOf, type ServedLoopback, serveLoopback } from "./serve-loopback.ts";

export type MetricsOptions = { metrics?: string | true; pushGateway?: string };

/** The port of OpenTelemetry's exporters for Prometheus, where nothing else is asked for. */
const DEFAULT_PORT = 9464;

/** A run's metrics for others to read while it runs. */
export type MetricsOut = {
  /** Says where they are; from then on a gateway is pushed to. `say` is told what goes wrong, too. */
  begin(say: (line: string) => void): void;
  add(event: RunEvent): void;
  /** Nothing more comes: the last push, and no scrape after it. */
  end(): Promise<void>;
};

/** Null where nobody asks for any. What it serves is there when it returns. @throws InvalidInput */
export async function metricsOutOf(
  { metrics, pushGateway }: MetricsOptions,
  runId: string,
): Promise<MetricsOut | null> {
  if (metrics === undefined && pushGateway === undefined) return null;
  const gateway = pushGateway === undefined ? null : pushGatewayOf(pushGateway);
  const soFar = new MetricsSoFar();
  const served = metrics === undefined ? null : await serveMetrics(metrics, soFar);
  let pusher: Pusher | null = null;
  return {
    begin: (say) => {
      if (served) say(`metrics: ${served.url}/metrics, while the run lasts`);
      if (!gateway) return;
      say(`metrics: pushed to ${gateway.url} as job turnlab, run ${runId}`);
      pusher = new Pusher(gateway, { runId, text: () => soFar.text("prometheus"), warn: say });
    },
    add: (event) => soFar.add(event),
    end: async () => {
      soFar.end();
      await pusher?.end();
      await served?.[Symbol.asyncDispose]();
    },
  };
}

function serveMetrics(asked: string | true, soFar: MetricsSoFar): Promise<ServedLoopback> {
  const app = new Hono();
  app.get("/metrics", ({ req, body }) => {
    const format = formatFor(req.header("accept"));
    return body(soFar.text(format), 200, { "content-type": CONTENT_TYPES[format], vary: "accept" });
  });
  app.get("/", ({ text }) => text("turnlab: /metrics\n"));
  return serveLoopback(asked === true ? DEFAULT_PORT : portOf("--metrics", asked), app, "--metrics");
}
