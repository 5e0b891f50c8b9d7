import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import { httpGetIn } from "./net/http-get-in.ts";
import { changesBetween, type MetricValues, readMetrics } from "./turn/prometheus-text.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";
import type { PrometheusEndpoint } from "./turn-config/prometheus-endpoint.ts";

const ANSWER_WITHIN_MS = 2_000;
/** Once a second coturn hands on what its threads have counted of packets and 401s (netengine.c, ns_ioalib_engine_impl.c). */
const HANDED_ON_WITHIN_MS = 1_100;

type Asked = TurnServerPlan & { prometheus: PrometheusEndpoint };
type Reading = { values: MetricValues } | { reason: string };

/**
 * Reads what servers count themselves, before a load and, by `finish`, after it; never in between, because coturn adds most
 * of it up when a session ends. That nothing can be read is logged, and is no fault of the run.
 */
export async function watchMetrics(
  scenario: string,
  lab: Pick<StartedLab, "fabric" | "pids" | "turnServers" | "serverStates">,
  { emit, ca }: Pick<LabContext, "emit" | "ca">,
  settleMs = HANDED_ON_WITHIN_MS,
): Promise<{ finish(): Promise<void> }> {
  const servers = Object.values(lab.turnServers).filter((server): server is Asked => server.prometheus !== null);
  const read = async ({ name, hostname, prometheus: { isTls, ...where } }: Asked): Promise<Reading> => {
    const tls = isTls ? { tls: { caPem: ca.certificatePem, name: hostname } } : {};
    const got = await httpGetIn(lab.fabric, lab.pids[name] ?? 0, { ...where, timeoutMs: ANSWER_WITHIN_MS, ...tls });
    if (!got.isOk) return { reason: got.reason };
    try {
      return { values: readMetrics(got.text) };
    } catch (error) {
      return { reason: String(error instanceof Error ? error.message : error) };
    }
  };
  if (servers.length > 0) await sleep(settleMs);
  const before = await Promise.all(servers.map(read));

  const compare = async (server: Asked, first: Reading) => {
    const said = { type: "turn_server_metrics", at: Date.now(), scenario, server: server.name } as const;
    const url = urlOf(server.prometheus);
    const fail = (reason: string) => emit({ ...said, url, changes: null, note: reason });
    if (lab.serverStates.isKilled(server.name)) return fail("the scenario had killed the server");
    const hasRestarted = lab.serverStates.hasRestarted(server.name);
    if ("reason" in first) return fail(`before the load: ${first.reason}`);
    const last = await read(server);
    if ("reason" in last) return fail(`after the load: ${last.reason}`);
    const changes = changesBetween(hasRestarted ? null : first.values, last.values);
    emit({ ...said, at: Date.now(), url, changes, note: hasRestarted ? "since it was started again" : null });
  };
  return {
    finish: async () => {
      const isAnyThere = before.some((reading) => "values" in reading);
      if (isAnyThere) await sleep(settleMs);
      await Promise.all(servers.map((server, index) => compare(server, before[index] ?? { reason: "not read" })));
    },
  };
}

function urlOf({ address, port, path, isTls }: PrometheusEndpoint): string {
  return `${isTls ? "https" : "http"}://${isIPv6(address) ? `[${address}]` : address}:${port}${path}`;
}
