import { addStats, isIceStat, type Stat, type Stats } from "./ends/add-stats.ts";
import { EndDraft } from "./ends/draft.ts";
import { isRecord, jsonOrNull, numberIn, textIn } from "./ends/unknown.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEnd, type ReadEvidence } from "./reader.ts";
import { headOf, textOf } from "./text/decode.ts";
import { parseJson } from "./text/parse-json.ts";

/** One getStats() as it was written down, and where. */
type Snapshot = { stats: Stats; path: string; line?: number; call: string | null; role: ReadEnd["role"] };

const MAX_DEPTH = 4;

/**
 * What getStats() said (W3C webrtc-stats), in the shapes that people make of it: a list, an object by id, entries of the Map,
 * several of them in a list or one a line, and a turnlab's run.jsonl.
 */
export const getStatsReader: EvidenceReader = {
  kind: "getStats() JSON",

  recognizes(file: EvidenceFile): boolean {
    const head = headOf(file);
    return (
      head !== null &&
      /^\ufeff?\s*[[{]/.test(head) &&
      /"type"\s*:\s*"((local|remote)-?candidate|candidate-?pair|webrtc_stats)"/.test(whole(file, head))
    );
  },

  read(file: EvidenceFile): ReadEvidence {
    const { name } = file;
    const text = textOf(file);
    const notUnderstood: string[] = [];
    const snapshots = isLines(text) ? snapshotsOfLines(text, name, notUnderstood) : [];
    if (snapshots.length === 0) {
      const { value, isCut } = parseJson(name, text);
      if (isCut) notUnderstood.push(`${name}: it is cut off: what is whole of it was read`);
      find(value, "$", 0, snapshots);
    }
    const calls = Map.groupBy(snapshots, ({ call, role }) => `${call ?? ""} ${role ?? ""}`.trim());
    const ends = [...calls].map(([call, own]) => endOf(name, call, own));
    if (ends.length === 0)
      throw new EvidenceError(
        `${name}: expected statistics with candidates and candidate pairs, found none. Save all of them: ` +
          "`JSON.stringify([...(await pc.getStats()).values()])`, while the peer connection is not closed.",
      );
    notUnderstood.push(`${name}: getStats() tells of no event: errors of servers, and states over time, are not in it`);
    const many = snapshots.length === 1 ? "1 snapshot" : `${snapshots.length} snapshots`;
    const of = ends.length === 1 ? "" : ` of ${ends.length} peer connections`;
    return { understood: `${this.kind}, ${many}${of}`, ends, servers: [], packets: [], notUnderstood };
  },
};

/** Long logs begin with what is not statistics. */
function whole(file: EvidenceFile, head: string): string {
  try {
    return isLines(head) ? textOf(file) : head;
  } catch {
    return head;
  }
}

/** One JSON a line. */
const isLines = (text: string): boolean => /^\ufeff?\s*[[{][^\n]*[\]}]\r?\n\s*[[{]/.test(text);

function snapshotsOfLines(text: string, file: string, notUnderstood: string[]): Snapshot[] {
  const snapshots: Snapshot[] = [];
  let unread = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = jsonOrNull(line);
    if (value === null) unread++;
    const found: Snapshot[] = [];
    if (isRecord(value) && value.type === "webrtc_stats") {
      const { scenario, session, role, stats } = value;
      find(stats, "stats", 0, found);
      const own = role === "offerer" || role === "answerer" ? role : null;
      for (const one of found) Object.assign(one, { call: `${scenario} session ${session}:`, role: own });
    } else find(value, "$", 0, found);
    for (const one of found) snapshots.push({ ...one, line: index + 1 });
  }
  // Lines of a JSON that is written over many are none of their own.
  if (snapshots.length > 0 && unread > 0) notUnderstood.push(`${file}: ${unread} lines are no JSON`);
  return snapshots;
}

/** Every set of statistics in a JSON, however it is wrapped. */
function find(value: unknown, path: string, depth: number, found: Snapshot[]): void {
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null) return;
  const stats = statsIn(value);
  if (stats) {
    found.push({ stats, path, call: null, role: null });
    return;
  }
  const entries = Array.isArray(value)
    ? value.map((one, index) => [`[${index}]`, one] as const)
    : Object.entries(value);
  for (const [key, one] of entries) find(one, `${path}${key.startsWith("[") ? "" : "."}${key}`, depth + 1, found);
}

function statsIn(value: object): Stats | null {
  const list = Array.isArray(value) ? value : Object.values(value);
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  const stats = new Map<string, Stat>();
  let isIce = false;
  for (const [index, one] of list.entries()) {
    // `[[id, {…}], …]`: entries of an RTCStatsReport.
    const stat = Array.isArray(one) && one.length === 2 && typeof one[0] === "string" ? one[1] : one;
    if (!isRecord(stat) || typeof stat.type !== "string") continue;
    const id = textIn(stat, "id") ?? keys[index] ?? (Array.isArray(one) ? String(one[0]) : null);
    if (id === null) continue;
    isIce ||= isIceStat(stat);
    stats.set(id, stat);
  }
  return isIce ? stats : null;
}

function endOf(file: string, name: string, snapshots: readonly Snapshot[]): ReadEnd {
  const draft = new EndDraft(name === "" ? "the end of getStats()" : name, { role: snapshots[0]?.role ?? null });
  const { call = null, role = null } = snapshots[0] ?? {};
  if (call !== null && role !== null) {
    draft.mark("own", `${call} ${role}`);
    draft.mark("far", `${call} ${role === "offerer" ? "answerer" : "offerer"}`);
  }
  const times = snapshots.map(({ stats }) => timeOf(stats));
  const first = times.find((time) => time !== null) ?? null;
  draft.end.startedAt = first === null ? null : Math.round(first);
  for (const [index, { stats, path, line }] of snapshots.entries()) {
    const time = times[index] ?? null;
    const atMs = time === null || first === null ? null : Math.round(time - first);
    addStats(draft, stats, (id) => ({ file, path: `${path}, ${id}`, ...(line === undefined ? {} : { line }) }), atMs);
    for (const [id, stat] of stats) {
      const ice = stat.type === "transport" ? textIn(stat, "iceState") : null;
      if (ice !== null) draft.iceState(ice, atMs, { file, path: `${path}, ${id}` });
    }
  }
  return draft.finish();
}

/** Unix ms; what counts from the page's start is no time of day. */
function timeOf(stats: Stats): number | null {
  for (const stat of stats.values()) {
    const time = numberIn(stat, "timestamp");
    if (time !== null && time > 1e12) return time;
  }
  return null;
}
