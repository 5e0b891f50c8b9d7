/**
 * Makes the project's own set of evidence out of runs of `failures` with `--capture`: what somebody would send of each broken
 * form, and the code that it is expected to fail with. `node scripts/collect-evidence.ts RUN... ` (see scripts/README.md).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { EventOf } from "../lab/model/events.ts";
import type { FailureCode } from "../lab/model/failure.ts";
import { isGrid } from "../lab/model/grid.ts";
import { ROLES, type Role } from "../lab/model/scenario.ts";
import type { TimelineEntry } from "../lab/model/timeline.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { LOG_FILE, readRunLog } from "../reports/run-log.ts";

const SET = join(PROJECT_ROOT, "lab", "evidence", "set");
const MAX_CAPTURE_BYTES = 60_000;

type Case = { name: string; files: string[]; cause: FailureCode };

const cases: Case[] = existsSync(join(SET, "set.json"))
  ? (JSON.parse(readFileSync(join(SET, "set.json"), "utf8")) as Case[])
  : [];

for (const run of process.argv.slice(2)) collect(run);
cases.sort((a, b) => a.name.localeCompare(b.name));
writeFileSync(join(SET, "set.json"), `${JSON.stringify(cases, null, 2)}\n`);
console.log(`${cases.length} cases`);

function collect(run: string): void {
  mkdirSync(SET, { recursive: true });
  const events = readRunLog(join(run, LOG_FILE));
  for (const event of events) {
    if (event.type !== "scenario_started" || isGrid(event.definition) || !event.definition.expectedFailure) continue;
    const { scenario, definition } = event;
    const cause = definition.expectedFailure as FailureCode;
    const isBrowser = ROLES.some((role) => (definition.peers[role].engine ?? "werift") !== "werift");
    if (isBrowser) {
      keep(
        cause,
        scenario,
        "dump",
        { [`dumps/${scenario}.offerer.webrtc-internals.json`]: "webrtc-internals.json.gz" },
        run,
      );
      keep(
        cause,
        scenario,
        "two-dumps",
        {
          [`dumps/${scenario}.offerer.webrtc-internals.json`]: "webrtc-internals.json.gz",
          [`dumps/${scenario}.answerer.webrtc-internals.json`]: "answerer.webrtc-internals.json.gz",
        },
        run,
      );
      continue;
    }
    keep(cause, scenario, "server-log", { [`logs/${scenario}.turn.log`]: "turn.log" }, run);
    keep(cause, scenario, "capture", { [`captures/${scenario}.offerer.eth0.pcap`]: "pcap.gz" }, run);
    const [first] = events.filter((one) => one.type === "session_timeline" && one.scenario === scenario);
    if (first?.type !== "session_timeline") continue;
    const file = `${scenario}.app.log`;
    const ofSession = (role: Role) =>
      events.find(
        (one): one is EventOf<"session_timeline"> =>
          one.type === "session_timeline" &&
          one.scenario === scenario &&
          one.role === role &&
          one.session === first.session,
      );
    const own = ofSession("offerer");
    if (!own) continue;
    const urls = definition.peers.offerer.iceServers;
    writeFileSync(join(SET, file), applicationLog(own, urls.length));
    add({ name: `${scenario} app-log`, files: [file], cause });
  }
}

/** What an application would have written down of this session, line by line. */
function applicationLog({ entries, at }: EventOf<"session_timeline">, servers: number): string {
  const endMs = entries.at(-1)?.atMs ?? 0;
  const stamp = (atMs: number) => new Date(at - endMs + atMs).toISOString();
  const lines = entries.flatMap((entry) => {
    const text = lineOf(entry);
    return text === null ? [] : [`${stamp(entry.atMs)} ${text}`];
  });
  const urls = entries.flatMap((entry) => (entry.step === "url-tried" ? [entry.url] : []));
  const list = JSON.stringify({
    iceServers: urls.map((url) => ({
      urls: url,
      ...(/^turn/.test(url) ? { username: "user", credential: "***" } : {}),
    })),
  });
  return [...(servers > 0 && urls.length > 0 ? [`${stamp(0)} new RTCPeerConnection(${list})`] : []), ...lines, ""].join(
    "\n",
  );
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

function keep(cause: FailureCode, scenario: string, kind: string, files: Record<string, string>, run: string): void {
  if (!Object.keys(files).every((file) => existsSync(join(run, file)))) return;
  const kept = Object.entries(files).map(([file, ending]) => {
    const name = `${scenario}.${ending}`;
    const bytes = readFileSync(join(run, file));
    const cut = file.endsWith(".pcap") ? firstFrames(bytes) : bytes;
    writeFileSync(join(SET, name), ending.endsWith(".gz") ? gzipSync(cut, { level: 9 }) : cut);
    return basename(name);
  });
  add({ name: `${scenario} ${kind}`, files: kept, cause });
}

function add(one: Case): void {
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
