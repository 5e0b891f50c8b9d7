/**
 * Makes the project's own set of evidence out of runs of `failures` with `--capture`: what somebody would send of each broken
 * form, and the code that it is expected to fail with. `node scripts/collect-evidence.ts RUN... ` (see scripts/README.md).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readEvidence } from "../lab/evidence/read-evidence.ts";
import { EvidenceError } from "../lab/evidence/reader.ts";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import { FAILURES, type FailureCode, type Leg } from "../lab/model/failure.ts";
import { isSessions } from "../lab/model/grid.ts";
import { ROLES, type Scenario } from "../lab/model/scenario.ts";
import type { TimelineEntry } from "../lab/model/timeline.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { LOG_FILE, readRunLog } from "../reports/run-log.ts";

const SET = join(PROJECT_ROOT, "lab", "evidence", "set");
const MAX_CAPTURE_BYTES = 60_000;

type Case = { name: string; files: string[]; cause: FailureCode };

function collect(run: string): void {
  mkdirSync(SET, { recursive: true });
  const events = readRunLog(join(run, LOG_FILE));
  for (const event of events) {
    if (event.type !== "scenario_started" || !isSessions(event.definition) || !event.definition.expectedFailure)
      continue;
    const { scenario, definition } = event;
    const cause = definition.expectedFailure as FailureCode;
    const isBrowser = ROLES.some((role) => (definition.peers[role].engine ?? "werift") !== "werift");
    if (isBrowser) {
      const [near, far] = ROLES.map((role) =>
        copy(run, `dumps/${scenario}.${role}.webrtc-internals.json`, `${scenario}.${role}.webrtc-internals.json.gz`),
      );
      if (near) add({ name: `${scenario} dump`, files: [near], cause });
      if (near && far) add({ name: `${scenario} two-dumps`, files: [near, far], cause });
      continue;
    }
    const seenBy = SEEN_BY[FAILURES[cause].leg] ?? [];
    const files: Record<Kind, string | null> = {
      "app-log": writeAppLog(events, scenario, definition),
      "server-log": copy(run, `logs/${scenario}.turn.log`, `${scenario}.turn.log`),
      capture: copy(run, `captures/${scenario}.offerer.eth0.pcap`, `${scenario}.pcap.gz`),
    };
    for (const kinds of seenBy) {
      const names = kinds.map((kind) => files[kind]);
      if (names.every((name) => name !== null)) add({ name: `${scenario} ${kinds.join("+")}`, files: names, cause });
    }
  }
}

type Kind = "app-log" | "server-log" | "capture";

/** Who has anything of a failure on this leg to send, alone or together. */
const SEEN_BY: Partial<Record<Leg, Kind[][]>> = {
  name_resolution: [["app-log"]],
  tls: [["app-log"], ["capture"], ["server-log"]],
  stun: [["app-log"], ["capture"]],
  tcp_connect: [["app-log"], ["capture"]],
  turn_server: [["app-log"], ["capture"]],
  authentication: [["app-log"], ["capture"], ["server-log"]],
  allocation: [["app-log"], ["capture"], ["server-log"]],
  permission: [["app-log"], ["capture"], ["server-log"]],
  relay: [["app-log"], ["capture"], ["server-log"]],
  between_relays: [["app-log"], ["capture"]],
  signalling: [["app-log"]],
  checks: [["app-log"], ["capture"]],
  dtls: [["app-log", "capture"]],
  data: [["app-log", "server-log"]],
};

/** The end that has something to complain of, of the first session. */
function writeAppLog(events: readonly RunEvent[], scenario: string, { peers }: Scenario): string | null {
  const timelines = events.filter(
    (one): one is EventOf<"session_timeline"> => one.type === "session_timeline" && one.scenario === scenario,
  );
  const own =
    timelines.find(({ entries }) =>
      entries.some(({ step }) => step === "url-failed" || step === "permission-refused"),
    ) ?? timelines[0];
  if (!own) return null;
  const file = `${scenario}.app.log`;
  writeFileSync(join(SET, file), applicationLog(own, peers[own.role].transportPolicy));
  return file;
}

function copy(run: string, from: string, to: string): string | null {
  const path = join(run, from);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  const cut = from.endsWith(".pcap") ? firstFrames(bytes) : bytes;
  writeFileSync(join(SET, to), to.endsWith(".gz") ? gzipSync(cut, { level: 9 }) : cut);
  return to;
}

/** What an application would have written down of this session, line by line. */
function applicationLog({ entries, at }: EventOf<"session_timeline">, policy = "all"): string {
  const endMs = entries.at(-1)?.atMs ?? 0;
  const stamp = (atMs: number) => new Date(at - endMs + atMs).toISOString();
  const lines = entries.flatMap((entry) => {
    const text = lineOf(entry);
    return text === null ? [] : [`${stamp(entry.atMs)} ${text}`];
  });
  const urls = entries.flatMap((entry) => (entry.step === "url-tried" ? [entry.url] : []));
  const list = JSON.stringify({
    iceTransportPolicy: policy,
    iceServers: urls.map((url) => ({
      urls: url,
      ...(/^turn/.test(url) ? { username: "user", credential: "***" } : {}),
    })),
  });
  return [`${stamp(0)} new RTCPeerConnection(${list})`, ...lines, ""].join("\n");
}

function lineOf(entry: TimelineEntry): string | null {
  switch (entry.step) {
    case "candidate": {
      const { type, protocol, address, port, priority, relatedAddress, relatedPort } = entry.candidate;
      const related = relatedAddress === undefined ? "" : ` raddr ${relatedAddress} rport ${relatedPort}`;
      return `onicecandidate candidate:1 1 ${protocol} ${priority} ${address} ${port} typ ${type}${related}`;
    }
    case "far-candidate": {
      const { type, address, port } = entry.candidate;
      return `addIceCandidate candidate:1 1 udp 1 ${address} ${port} typ ${type}`;
    }
    case "url-failed":
      return `icecandidateerror ${JSON.stringify({ url: entry.url, errorCode: errorCode(entry), errorText: errorText(entry) })}`;
    case "gathering-ended":
      return "iceGatheringState: complete";
    case "description-sent":
      return `setLocalDescription ${entry.kind}`;
    case "description-received":
      return `setRemoteDescription ${entry.kind}`;
    case "check-sent":
      return null;
    case "selected":
      return "iceConnectionState: connected";
    case "dtls-connected":
      return "connectionState: connected";
    case "lost":
      return "iceConnectionState: disconnected";
    case "ended":
      return entry.failure === null ? null : "iceConnectionState: failed";
    default:
      return null;
  }
}

/** W3C: STUN's number where a server answered, 701 where it could not be reached. */
function errorCode({ message }: Extract<TimelineEntry, { step: "url-failed" }>): number {
  return Number(/^(\d{3}) /.exec(message)?.[1] ?? 701);
}

function errorText({ url, message }: Extract<TimelineEntry, { step: "url-failed" }>): string {
  const answered = /^\d{3} (.*)/.exec(message);
  if (answered?.[1]) return answered[1];
  if (/resolve/.test(message)) return "host lookup received error.";
  if (/^stun/.test(url)) return "STUN binding request timed out.";
  return /transport=tcp|^turns/.test(url) ? "Failed to establish connection" : "TURN allocate request timed out.";
}

/** What says nothing of a call (a capture without a frame) nobody would send. */
function add(one: Case): void {
  try {
    readEvidence(one.files.map((name) => ({ name, bytes: readFileSync(join(SET, name)) })));
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    console.log(`left out: ${one.name} (${error.message})`);
    return;
  }
  const index = cases.findIndex(({ name }) => name === one.name);
  if (index >= 0) cases[index] = one;
  else cases.push(one);
}

/** Whole records of a classic pcap, from its beginning. */
function firstFrames(bytes: Buffer): Buffer {
  let end = 24;
  while (end + 16 <= bytes.length) {
    const next = end + 16 + bytes.readUInt32LE(end + 8);
    if (next > Math.min(bytes.length, MAX_CAPTURE_BYTES)) break;
    end = next;
  }
  return bytes.subarray(0, end);
}

const cases: Case[] = existsSync(join(SET, "set.json"))
  ? (JSON.parse(readFileSync(join(SET, "set.json"), "utf8")) as Case[])
  : [];

for (const run of process.argv.slice(2)) collect(run);
cases.sort((a, b) => a.name.localeCompare(b.name));
writeFileSync(join(SET, "set.json"), `${JSON.stringify(cases, null, 2)}\n`);
console.log(`${cases.length} cases`);
