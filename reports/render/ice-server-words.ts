import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { oneLine, plural } from "./format.ts";

/** Where peers had their lists from, one line an API, and what ended with its credential; none without either. */
export function describeIceServers({
  iceServerApis,
  allocationsCut,
}: Pick<ScenarioSummary, "iceServerApis" | "allocationsCut">): string[] {
  const apis = Object.entries(iceServerApis).map(([api, { fetched, failed, cached, shared, statuses }]) => {
    const asked = fetched + failed;
    const all = fetched + failed + cached + shared;
    // Counted against a fetch for each list that a peer needed.
    const saved = all > asked && all > 0 ? `; ${Math.round((100 * (all - asked)) / all)} % of the fetches saved` : "";
    const parts = [
      `asked for ${plural(asked, "list")} (${describeStatuses(statuses)})`,
      ...(failed > 0 ? [`${failed} not given`] : []),
      ...(cached > 0 ? [`${cached} out of a cache`] : []),
      ...(shared > 0 ? [`${shared} over signalling`] : []),
    ];
    return oneLine(`${api}: ${parts.join(", ")}${saved}`);
  });
  const cuts = Object.entries(allocationsCut).map(
    ([server, count]) => `${server}: ${plural(count, "allocation")} ended with the credential`,
  );
  return [...apis, ...cuts];
}

function describeStatuses(statuses: Readonly<Record<string, number>>): string {
  const words = Object.entries(statuses).map(
    ([status, count]) => `${count} × ${status === "none" ? "no answer" : status}`,
  );
  return words.join(", ") || "never";
}
