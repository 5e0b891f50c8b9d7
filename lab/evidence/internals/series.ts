import type { Source } from "../../model/evidence.ts";
import { addStats, type Stat } from "../ends/add-stats.ts";
import type { EndDraft } from "../ends/draft.ts";
import { isRecord, jsonOrNull, numberIn } from "../ends/unknown.ts";

/**
 * `stats`: by `ID-ATTRIBUTE`, the values of one attribute over time, as JSON in a text, and the last of them stand. What
 * Chromium derives has its name in brackets.
 */
export function addSeries(
  draft: EndDraft,
  series: Record<string, unknown>,
  { file, path }: Source,
  notUnderstood: string[],
): void {
  const stats = new Map<string, Stat>();
  let unread = 0;
  let isLegacy = false;
  for (const [key, entry] of Object.entries(series)) {
    const match = /^(.*)-([A-Za-z]\w*)$/.exec(key);
    if (!match || !isRecord(entry)) {
      if (!/-\[.*\]$/.test(key)) unread++;
      continue;
    }
    const [, id = "", attribute = ""] = match;
    if (/^goog/.test(String(entry.statsType)) || /^goog[A-Z]/.test(attribute)) {
      isLegacy = true;
      continue;
    }
    const values = typeof entry.values === "string" ? jsonOrNull(entry.values) : entry.values;
    if (!Array.isArray(values) || values.length === 0) {
      unread++;
      continue;
    }
    const stat: Stat = stats.get(id) ?? { type: entry.statsType };
    // A candidate's `type` is that of the statistic; its `protocol` or `state` may change: the last is what came of it.
    if (attribute !== "type") stat[attribute] = values.at(-1);
    stats.set(id, stat);
  }
  if (isLegacy) notUnderstood.push(`${file}: ${path}.stats: legacy statistics (goog…) are not read; the events are`);
  if (unread > 0) notUnderstood.push(`${file}: ${path}.stats: ${unread} series could not be read`);
  const sampledAt = Math.max(...[...stats.values()].map((stat) => numberIn(stat, "timestamp") ?? 0), 0);
  const { startedAt, connectionStates, iceStates } = draft.end;
  const atMs = sampledAt === 0 || startedAt === null ? null : Math.round(sampledAt - startedAt);
  addStats(draft, stats, (id) => ({ file, path: `${path}.stats.${id}` }), atMs);
  // Sampled once a second: a call that connected and closed since then has no statistics of that.
  const connectedAt = [...connectionStates, ...iceStates].findLast(({ state }) =>
    /^(connected|completed)$/.test(state),
  )?.atMs;
  if (atMs === null || connectedAt === undefined || connectedAt === null || connectedAt < atMs) return;
  Object.assign(draft.end, { bytesReceived: null, bytesSent: null, dtlsStates: [] });
}
