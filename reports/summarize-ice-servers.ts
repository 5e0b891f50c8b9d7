import type { EventOf } from "../lab/model/events.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";

/** Where peers had the lists of each API from. */
export function summarizeIceServers(
  fetches: readonly EventOf<"ice_servers_fetched">[],
): ScenarioSummary["iceServerApis"] {
  const groups = Object.entries(Object.groupBy(fetches, ({ api }) => api));
  return Object.fromEntries(
    groups.map(([api, all = []]) => {
      const asked = all.filter(({ source }) => source === "api");
      const statuses: Record<string, number> = {};
      for (const { status } of asked) {
        const key = String(status ?? "none");
        statuses[key] = (statuses[key] ?? 0) + 1;
      }
      return [
        api,
        {
          fetched: asked.filter(({ outcome }) => outcome === "ok").length,
          failed: asked.filter(({ outcome }) => outcome === "failed").length,
          cached: all.filter(({ source }) => source === "cache").length,
          shared: all.filter(({ source }) => source === "signalling").length,
          statuses,
        },
      ];
    }),
  );
}

/** How many allocations ended with their credential, by server. */
export function summarizeCuts(cuts: readonly EventOf<"allocations_cut">[]): ScenarioSummary["allocationsCut"] {
  const counts: Record<string, number> = {};
  for (const { server, count } of cuts) counts[server] = (counts[server] ?? 0) + count;
  return counts;
}
