import type { EventOf, RunEvent } from "../lab/model/events.ts";
import { ROLES, type Role } from "../lab/model/scenario.ts";
import type { CandidateRef, CheckedPair, PeerTimeline, TimelineEntry } from "../lab/model/timeline.ts";
import { plural } from "./render/format.ts";

type SessionTimeline = EventOf<"session_timeline">;

/** The timelines of one session, by role. Empty where the log has none: one of before, or an interrupted session. */
export function timelinesOf(events: readonly RunEvent[], scenario: string, session: number): SessionTimeline[] {
  return events
    .filter((event) => event.type === "session_timeline")
    .filter((event) => event.scenario === scenario && event.session === session)
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

/** One end in a handful of lines: its URLs, candidates, pairs, and how far it came. */
export function describeEnd({ entries, pairs, left }: PeerTimeline): string[] {
  if (entries.length === 0) return ["said nothing of its course"];
  return [
    describeUrls(entries),
    `candidates: ${countTypes(entries, "candidate")}; of the far end: ${countTypes(entries, "far-candidate")}`,
    describePairs(pairs),
    describeRefusals(entries),
    describeEnding(entries),
    left === 0 ? "" : `${plural(left, "more step")} left out`,
  ].filter((line) => line !== "");
}

type Named<S> = TimelineEntry extends infer E
  ? E extends { step: infer N }
    ? S extends N
      ? E
      : never
    : never
  : never;

function ofStep<S extends TimelineEntry["step"]>(entries: readonly TimelineEntry[], step: S): Named<S>[] {
  return entries.filter((entry) => entry.step === step) as Named<S>[];
}

function describeUrls(entries: readonly TimelineEntry[]): string {
  const outcome = new Map<string, string>();
  for (const entry of entries) {
    if (entry.step === "url-tried") outcome.set(entry.url, "no answer yet");
    if (entry.step === "url-answered") outcome.set(entry.url, `answered after ${ms(entry)}`);
    if (entry.step === "url-failed") outcome.set(entry.url, `${entry.code} after ${ms(entry)}`);
  }
  if (outcome.size === 0) return "no URL tried";
  return [...outcome].map(([url, what]) => `${url} ${what}`).join(", ");
}

function countTypes(entries: readonly TimelineEntry[], step: "candidate" | "far-candidate"): string {
  const types = ofStep(entries, step).map(({ candidate }) => candidate.type as string);
  return countWords(types);
}

function countWords(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts.size === 0 ? "none" : [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}

function describePairs(pairs: readonly CheckedPair[]): string {
  if (pairs.length === 0) return "no pair to check";
  const sum = (of: (pair: CheckedPair) => number | null) => {
    const known = pairs.map(of).filter((count) => count !== null);
    return known.length === 0 ? "an untold number of" : String(known.reduce((a, b) => a + b, 0));
  };
  const states = countWords(pairs.map(({ state }) => state));
  return (
    `${plural(pairs.length, "pair")}: ${states}; ${sum((p) => p.checksSent)} checks sent, ` +
    `${sum((p) => p.answersReceived)} answers, ${sum((p) => p.checksReceived)} checks of the far end`
  );
}

function describeRefusals(entries: readonly TimelineEntry[]): string {
  const refused = ofStep(entries, "permission-refused");
  const [first] = refused;
  if (!first) return "";
  return `refused permissions: ${[...new Set(refused.map(({ peer }) => peer))].join(", ")} (${first.message})`;
}

/** The furthest step, which everybody counts on, and how it ended. */
function describeEnding(entries: readonly TimelineEntry[]): string {
  const reached = ["first-data", "channel-open", "dtls-connected", "selected"] as const;
  const furthest = entries.findLast(({ step }) => reached.some((one) => one === step));
  const [ice, lost, ended] = [
    ofStep(entries, "ice-state").at(-1),
    ofStep(entries, "lost").at(-1),
    ofStep(entries, "ended").at(-1),
  ];
  return [
    furthest ? `last reached ${furthest.step} at ${ms(furthest)}` : `no pair selected`,
    ice ? `ICE ${ice.state}` : "",
    lost ? `lost at ${ms(lost)}: ${lost.reason}` : "",
    ended ? `ended at ${ms(ended)}${ended.failure === null ? "" : `, ${ended.failure}`}` : "",
  ]
    .filter((part) => part !== "")
    .join("; ");
}

const ms = ({ atMs }: { atMs: number }) => `${Math.round(atMs)} ms`;

/** Both ends' steps in the order of time. */
export function mergeSteps(timelines: readonly SessionTimeline[]): { role: Role; entry: TimelineEntry }[] {
  return timelines
    .flatMap(({ role, entries }) => entries.map((entry) => ({ role, entry })))
    .sort((a, b) => a.entry.atMs - b.entry.atMs);
}

/** What a step says beside its name and time. */
export function describeStep(entry: TimelineEntry): string {
  switch (entry.step) {
    case "url-tried":
    case "url-answered":
      return entry.url;
    case "url-failed":
      return `${entry.url}  ${entry.code}: ${entry.message}`;
    case "candidate": {
      const { relatedAddress, relatedPort, url } = entry.candidate;
      const base = relatedAddress === undefined ? "" : ` base ${address(relatedAddress, relatedPort ?? 0)}`;
      return `${describeRef(entry.candidate)}${base}${url === undefined ? "" : ` from ${url}`}`;
    }
    case "far-candidate":
      return describeRef(entry.candidate);
    case "description-sent":
    case "description-received":
      return entry.kind;
    case "check-sent":
    case "check-answered":
    case "check-failed":
      return `${describeRef(entry.local)} to ${describeRef(entry.remote)}`;
    case "selected":
      return `${describeRef(entry.local)} to ${describeRef(entry.remote)}${entry.isRestart ? ", of a restart" : ""}`;
    case "permission-refused":
      return `${entry.peer}: ${entry.message}`;
    case "ice-state":
    case "dtls-state":
      return entry.state;
    case "lost":
      return entry.reason;
    case "ended":
      return entry.failure ?? "as planned";
    default:
      return "";
  }
}

/** A candidate as `type address:port`; its address in brackets where it is IPv6 (RFC 3986). */
export const describeRef = (ref: CandidateRef): string => `${ref.type} ${address(ref.address, ref.port)}`;

function address(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host || "hidden"}:${port}`;
}
