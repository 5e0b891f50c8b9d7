import type { ScenarioSummary, ServerStatistics } from "../../lab/model/summary.ts";
import { formatBytes, plural } from "./format.ts";

/** One sentence for each server that was told to have a Prometheus endpoint: what coturn counted, or why that is not known. */
export function describeMetrics({ turnServers }: Pick<ScenarioSummary, "turnServers">): string[] {
  return Object.entries(turnServers).flatMap(([name, server]) => {
    if (!server) return [];
    const { prometheus, prometheusNote } = server;
    if (prometheus) return [`${name}: ${describeCounters(prometheus, prometheusNote)}`];
    return prometheusNote === null ? [] : [`${name}: its Prometheus endpoint was not read: ${prometheusNote}`];
  });
}

type Counters = NonNullable<ServerStatistics["prometheus"]>;

/** Of what versions differ in, whatever this one has. */
function describeCounters(counters: Counters, note: string | null): string {
  const parts = [
    ended([
      traffic(counters, "turn_total_traffic", "clients"),
      traffic(counters, "turn_total_traffic_peer", "TURN peers"),
    ]),
    binding(counters),
    unauthenticated(counters),
    open(counters),
  ].filter((part) => part !== null);
  const what =
    parts.length > 0 ? parts.join("; ") : `${plural(Object.keys(counters).length, "value")} of unknown names`;
  return `coturn's own counters${note === null ? "" : `, ${note}`}: ${what}`;
}

/** coturn adds up what a session carried when it ends. */
function ended(parts: readonly (string | null)[]): string | null {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : `ended sessions had ${known.join("; ")}`;
}

function traffic(counters: Counters, prefix: string, whom: string): string | null {
  const [inP, inB, outP, outB] = ["rcvp", "rcvb", "sentp", "sentb"].map((end) => counters[`${prefix}_${end}`]);
  if (inP === undefined || inB === undefined || outP === undefined || outB === undefined) return null;
  return `${plural(inP, "packet")} (${formatBytes(inB)}) from ${whom}, ${outP} (${formatBytes(outB)}) to them`;
}

function binding({
  stun_binding_request: requests,
  stun_binding_response: responses,
  stun_binding_error: errors,
}: Counters) {
  if (requests === undefined) return null;
  // A counter that has never moved has no sample.
  return `${plural(requests, "STUN Binding request")}, ${responses ?? 0} answered, ${plural(errors ?? 0, "error")}`;
}

function unauthenticated({ turn_unauthenticated_401_responses: responses }: Counters) {
  return responses === undefined ? null : `401 ${plural(responses, "time")} over UDP`;
}

function open({ turn_total_allocations: allocations }: Counters) {
  return allocations !== undefined && allocations > 0
    ? `${plural(allocations, "allocation")} more open than before`
    : null;
}
