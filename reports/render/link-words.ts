import { type LinkConditions, type LinkSpec, queueMsOf } from "../../lab/model/link.ts";
import type { Change, ServerChange } from "../../lab/model/scenario.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { formatDuration, formatMegabits, formatMs, formatRatio, NOTHING, oneLine } from "./format.ts";

type Link = ScenarioSummary["links"][number];

const COLUMNS: readonly { title: string; cell: (link: Link) => string }[] = [
  { title: "latency ms", cell: latencyCell },
  { title: "loss", cell: ({ asked, got }) => pair(asked.loss, got.loss, (loss) => formatRatio(loss, 2)) },
  {
    title: "Mbit/s",
    cell: ({ asked, got }) => pair(asked.rateKbps, got.rateKbps, (kbps) => formatMegabits(kbps && kbps * 1000)),
  },
  {
    title: "queue ms",
    cell: ({ asked, got }) => pair(asked.rateKbps === undefined ? undefined : queueMsOf(asked), got.queueMs, formatMs),
  },
  { title: "MTU", cell: ({ asked, got }) => pair(asked.mtu, got.mtu, String) },
];

/** What was asked of each wire and what was measured on it, as `asked → measured`; columns that nobody needs are left out. */
export function linkTable({ links }: Pick<ScenarioSummary, "links">): { head: string[]; rows: string[][] } {
  const used = COLUMNS.filter(({ title, cell }) => title === "latency ms" || links.some((link) => cell(link) !== ""));
  return {
    head: ["", ...used.map(({ title }) => title)],
    rows: links.map((link) => [`${link.node} ${link.direction}`, ...used.map(({ cell }) => cell(link))]),
  };
}

/** Each way in which a wire is not as asked. */
export function linkMismatches({ links }: Pick<ScenarioSummary, "links">): string[] {
  return links.flatMap(({ node, direction, mismatches }) =>
    mismatches.map((mismatch) => oneLine(`${node} ${direction}: ${mismatch}`)),
  );
}

/** What makes the conditions, in a word; empty without any. */
export function describeLinkTools({ links }: Pick<ScenarioSummary, "links">): string {
  return [...new Set(links.map(({ tool }) => (tool === "netem" ? "netem" : "delay line")))].join(" and ");
}

/** Each change in mid-run in a sentence, and those that the load ended before. */
export function describeChanges({ changes }: Pick<ScenarioSummary, "changes">): { made: string[]; missed: string[] } {
  const made: string[] = [];
  const missed: string[] = [];
  for (const { change, atMs } of changes) {
    const what = describeChange(change);
    if (atMs === null) missed.push(`at ${formatDuration(change.atMs)}: ${what}`);
    else made.push(`at ${formatDuration(atMs)}: ${what}`);
  }
  return { made, missed };
}

function describeChange(change: Change): string {
  if ("link" in change) return `the wire of ${change.node} became ${describeLink(change.link)}`;
  if ("secrets" in change) return `${change.server} took ${change.secrets.join(" and ")} from then on`;
  if ("mintsWith" in change) return `credentials for ${change.server} were minted with ${change.mintsWith}`;
  if ("becomes" in change) return `server ${change.server} ${SERVER_WORDS[change.becomes]}`;
  const dead = change.downMs ? ` after ${formatDuration(change.downMs)} without a carrier` : "";
  return `router ${change.router} lost its NAT state${dead}`;
}

const SERVER_WORDS: Record<ServerChange, string> = {
  killed: "was killed: its machine refused what came",
  "cut-off": "was cut off: nothing reached it or left it",
  drained: "was drained: it answered nobody new",
  restored: "was brought back",
};

/** `20 ms, 5 % loss, up 0.5 Mbit/s`: conditions in the order in which people say them. */
export function describeLink({ up, down, mtu, fragmentationNeeded = true, ...both }: LinkSpec): string {
  const all = [
    describeConditions(both),
    ...(up ? [`up ${describeConditions(up)}`] : []),
    ...(down ? [`down ${describeConditions(down)}`] : []),
    ...(mtu === undefined ? [] : [`MTU ${mtu}${fragmentationNeeded ? "" : " without a word"}`]),
  ].filter((words) => words !== "");
  return all.length === 0 ? "bare" : all.join(", ");
}

function describeConditions({ latencyMs, jitterMs, loss, rateKbps, queueMs }: LinkConditions): string {
  return [
    ...(latencyMs === undefined ? [] : [`${latencyMs} ms${jitterMs === undefined ? "" : ` ± ${jitterMs}`}`]),
    ...(loss === undefined ? [] : [`${formatRatio(loss, 2)} loss`]),
    ...(rateKbps === undefined ? [] : [`${formatMegabits(rateKbps * 1000)} Mbit/s`]),
    ...(queueMs === undefined ? [] : [`${queueMs} ms of queue`]),
  ].join(", ");
}

function latencyCell({ asked: { latencyMs = 0, jitterMs }, got }: Link): string {
  const asked = jitterMs === undefined ? String(latencyMs) : `${latencyMs} ± ${jitterMs}`;
  if (got.latencyMs === null) return `${asked} → ${NOTHING}`;
  const { med, min, max } = got.latencyMs;
  return `${asked} → ${formatMs(med)} (${formatMs(min)} to ${formatMs(max)})`;
}

function pair(asked: number | undefined, got: number | null, format: (value: number | null) => string): string {
  if (asked === undefined) return got === null ? "" : `0 → ${format(got)}`;
  return `${format(asked)} → ${got === null ? NOTHING : format(got)}`;
}
