import type { ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { formatBytes, plural } from "./format.ts";

/** What left the labs of a run, in sentences; none where nothing could. */
export function describeUplink({ uplink }: Summary): string[] {
  if (!uplink) return [];
  const { host, address, ports, refused, lastError } = uplink;
  const where = host === address ? host : `${host} (${address})`;
  const parts = ports.map(
    ({ protocol, port, flows, bytesOut, bytesIn }) =>
      `${protocol} ${port}: ${plural(flows, "flow")}, ${formatBytes(bytesOut)} out, ${formatBytes(bytesIn)} in`,
  );
  return [
    `The TURN server was ${where}, outside of the lab. Through the network of the engine's machine the peers reached it, and nothing else: ${parts.join("; ")}.`,
    ...(refused > 0 ? [`The uplink's limits kept ${plural(refused, "flow")} from beginning.`] : []),
    ...(lastError === null ? [] : [`What went wrong last on the way to it: ${lastError}.`]),
    "It saw all peers at that machine's one address: no path by STUN leads from one to the other, and calls run from relay to relay.",
  ];
}

/** Servers whose load nobody here could see. */
export function unseenServers({ turnServers }: ScenarioSummary): string[] {
  return Object.entries(turnServers).flatMap(([name, load]) =>
    load === null ? [`${name} is outside of the lab: its load is not seen from here`] : [],
  );
}
