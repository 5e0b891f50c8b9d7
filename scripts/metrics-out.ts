import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunEvent } from "../lab/model/events.ts";
import { CONTENT_TYPES } from "../reports/openmetrics/exposition.ts";
import { MetricsSoFar } from "../reports/openmetrics/metrics-so-far.ts";
import { formatFor } from "../reports/openmetrics/negotiate.ts";
import { isForLoopback, LOOPBACK, listenOnLoopback } from "./loopback.ts";
import { Pusher, pushGatewayOf } from "./push-gateway.ts";

/** `metrics`: a port, 0 for any that is free, or true for the usual one. */
export type MetricsOptions = { metrics?: number | true; pushGateway?: string };

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
  const served = metrics === undefined ? null : await serveMetrics(metrics === true ? DEFAULT_PORT : metrics, soFar);
  let pusher: Pusher | null = null;
  return {
    begin: (say) => {
      if (served) say(`metrics: ${served.url}, while the run lasts`);
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

type Served = AsyncDisposable & { url: string };

async function serveMetrics(port: number, soFar: MetricsSoFar): Promise<Served> {
  const server = await listenOnLoopback(port, "--metrics");
  server.on("request", (request, response) => answer(request, response, soFar));
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/metrics`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, soFar: MetricsSoFar): void {
  const say = (status: number, text: string, headers = {}) => {
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers });
    response.end(request.method === "HEAD" ? "" : text);
  };
  if (!isForLoopback(request)) return say(421, `expected the host ${LOOPBACK} or localhost\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return say(405, "expected GET\n", { Allow: "GET, HEAD" });
  if (request.url?.split("?")[0] !== "/metrics") return say(404, "expected /metrics\n");
  const format = formatFor(request.headers.accept);
  say(200, soFar.text(format), { "Content-Type": CONTENT_TYPES[format], Vary: "Accept" });
}
