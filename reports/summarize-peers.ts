import { DEFAULT_PEER_ENGINE } from "../lab/model/engine.ts";
import type { EventOf, MediaReceived, RunEvent, SessionFinished } from "../lab/model/events.ts";
import { type AnyScenario, isGrid, peersOf } from "../lab/model/grid.ts";
import { isMdnsName } from "../lab/model/ice.ts";
import { MEDIA_KINDS } from "../lab/model/load.ts";
import { ROLES, type Role } from "../lab/model/scenario.ts";
import type { MediaSummary, PeerSummary, ScenarioSummary } from "../lab/model/summary.ts";
import type { PeerSpec } from "../lab/model/topology.ts";
import { statistics } from "../lab/statistics/statistics.ts";
import { rtpStreams } from "./rtp-streams.ts";

type HostCandidates = PeerSummary["hostCandidates"];

/** Each peer's engine, how its browser came up, how it told its host candidates, and what its calls took of memory. */
export function summarizePeers(
  definition: AnyScenario | undefined,
  events: readonly RunEvent[],
): ScenarioSummary["peers"] {
  if (!definition) return {};
  const hosts = hostCandidatesOf(definition, events);
  // A grid's peers are not sampled, and its sessions are not all theirs.
  const atOnce = isGrid(definition) ? 0 : mostAtOnce(events);
  return Object.fromEntries(
    Object.entries<PeerSpec>(peersOf(definition)).map(([peer, { engine = DEFAULT_PEER_ENGINE }]) => [
      peer,
      {
        engine,
        browser: browserOf(events.filter((event) => event.type === "browser_ready" && event.peer === peer)),
        dump: dumpOf(events.find((event) => event.type === "peer_dumped" && event.peer === peer)),
        hostCandidates: hosts.get(peer) ?? { names: 0, addresses: 0 },
        memory: memoryOf(
          events.filter((event) => event.type === "lab_sampled" && event.process === peer),
          atOnce,
        ),
      },
    ]),
  );
}

function browserOf(ready: readonly RunEvent[]): PeerSummary["browser"] {
  const all = ready.filter((event): event is EventOf<"browser_ready"> => event.type === "browser_ready");
  const [first] = all;
  const last = all.at(-1);
  if (!first || !last) return null;
  return { version: last.version, mdns: last.mdns, readyMs: first.durationMs, starts: all.length };
}

function dumpOf(dumped: RunEvent | undefined): PeerSummary["dump"] {
  return dumped?.type === "peer_dumped" ? { file: dumped.file, note: dumped.note } : null;
}

/** The first sample is taken when the load is about to begin (lab/watch-load.ts). */
function memoryOf(samples: readonly RunEvent[], atOnce: number): PeerSummary["memory"] {
  const bytes = samples.flatMap((event) => (event.type === "lab_sampled" ? [event.memoryBytes] : []));
  const [beforeBytes] = bytes;
  if (beforeBytes === undefined || atOnce === 0) return null;
  const peakBytes = Math.max(...bytes);
  return { beforeBytes, peakBytes, atOnce, perSessionBytes: (peakBytes - beforeBytes) / atOnce };
}

/** The most sessions that were under way together. */
function mostAtOnce(events: readonly RunEvent[]): number {
  const underWay = new Set<number>();
  let most = 0;
  for (const event of events) {
    if (event.type === "session_started") underWay.add(event.session);
    if (event.type === "session_finished") underWay.delete(event.session);
    most = Math.max(most, underWay.size);
  }
  return most;
}

function hostCandidatesOf(definition: AnyScenario, events: readonly RunEvent[]): Map<string, HostCandidates> {
  const hosts = new Map<string, HostCandidates>();
  for (const event of events) {
    if (event.type !== "session_finished") continue;
    for (const role of ROLES) {
      const peer = peerOf(definition, event, role);
      if (peer === undefined) continue;
      const told = event.peers[role].candidates.filter(({ type }) => type === "host");
      const names = told.filter(({ address }) => isMdnsName(address)).length;
      const before = hosts.get(peer) ?? { names: 0, addresses: 0 };
      hosts.set(peer, { names: before.names + names, addresses: before.addresses + told.length - names });
    }
  }
  return hosts;
}

/** In a scenario a peer is called as its role; in a grid the cell says who it was. */
function peerOf(definition: AnyScenario, { cell: place }: SessionFinished, role: Role): string | undefined {
  if (!isGrid(definition)) return role;
  return definition.cells.find(
    ({ table, row, column }) => table === place?.table && row === place.row && column === place.column,
  )?.[role];
}

/** A packet is sent at the beginning of its share of the time: the last one's is not in it, and not its bytes either. */
function bitRate({ bytesReceived, packetsReceived, receivedForMs }: MediaReceived): number[] {
  if (!receivedForMs || packetsReceived < 2) return [];
  return [(bytesReceived * 8 * (packetsReceived - 1)) / packetsReceived / receivedForMs];
}

/** What arrived of each kind at each end, of connected sessions. */
export function summarizeMedia(connected: readonly SessionFinished[]): MediaSummary[] {
  return ROLES.flatMap((receiver) =>
    MEDIA_KINDS.flatMap((kind): MediaSummary[] => {
      const streams = connected.flatMap(rtpStreams).filter((one) => one.receiver === receiver && one.got.kind === kind);
      if (streams.length === 0) return [];
      const all = streams.map(({ got }) => got);
      const bySenders = streams.flatMap(({ by }) => by ?? []);
      const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
      return [
        {
          receiver,
          kind,
          sessions: all.length,
          packetsSent: bySenders.length === 0 ? null : bySenders.reduce((total, one) => total + one.packetsSent, 0),
          packetsSkipped:
            bySenders.length === 0 ? null : bySenders.reduce((total, one) => total + one.packetsSkipped, 0),
          packetsReceived: sum((one) => one.packetsReceived),
          packetsLost: sum((one) => one.packetsLost),
          packetsReordered: bySenders.length === 0 ? null : sum((one) => one.packetsReordered ?? 0),
          bytesReceived: sum((one) => one.bytesReceived),
          kilobitsPerSecond: bySenders.length === 0 ? null : statistics(all.flatMap(bitRate), "kbit/s"),
          jitterMs: statistics(
            all.flatMap(({ jitterMs }) => (jitterMs === null ? [] : [jitterMs])),
            "ms",
          ),
          framesDecoded: all.some(({ framesDecoded }) => framesDecoded !== null)
            ? sum((one) => one.framesDecoded ?? 0)
            : null,
        },
      ];
    }),
  );
}
