import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { UplinkTraffic } from "../lab/model/outside-server.ts";
import type { UplinkSummary } from "../lab/model/summary.ts";

/** What went out of the labs of a run and to whom, all scenarios together; null where none had an uplink. */
export function summarizeUplink(events: readonly RunEvent[]): UplinkSummary | null {
  const opened = events.filter((event): event is EventOf<"uplink_opened"> => event.type === "uplink_opened");
  const [first] = opened;
  if (!first) return null;
  const { host, address } = first;
  const lastOf = new Map(
    events
      .filter((event): event is EventOf<"uplink_counted"> => event.type === "uplink_counted")
      .map((event) => [`${event.scenario} ${event.server}`, event]),
  );
  const all = [...lastOf.values()].flatMap((event) => event.ports);
  const lastError = [...lastOf.values()].findLast((event) => event.lastError !== null)?.lastError ?? null;
  const ports = first.ports.map(({ protocol, port }) => {
    const own = all.filter((one) => one.protocol === protocol && one.port === port);
    return { protocol, port, ...sumOf(own) };
  });
  const { flows, refused, bytesOut, bytesIn } = sumOf(all);
  return { host, address, ports, flows, refused, bytes: { out: bytesOut, in: bytesIn }, lastError };
}

/** Nothing counted is a true 0: counting begins with the first flow. */
function sumOf(traffic: readonly UplinkTraffic[]) {
  const total = (key: "flows" | "refused" | "bytesOut" | "bytesIn") => traffic.reduce((sum, one) => sum + one[key], 0);
  return { flows: total("flows"), refused: total("refused"), bytesOut: total("bytesOut"), bytesIn: total("bytesIn") };
}
