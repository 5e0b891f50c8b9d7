/** For tests: two peer sessions in one process, their signals crossed without a harness. */
import type { IceServer } from "../../model/ice.ts";
import type { Role } from "../../model/scenario.ts";
import { monotonicMs } from "../course/clock.ts";
import { PeerSession } from "../course/peer-session.ts";
import type { Join, SessionEnded, SignalData } from "../protocol.ts";
import { WeriftEndpoint } from "./werift-endpoint.ts";

type TestEnds = { offerer: SessionEnded; answerer: SessionEnded };

const DEFAULTS = {
  session: 1,
  iceServers: [],
  transportPolicy: "all",
  traffic: { messageBytes: 100, messagesPerSecond: 50, durationMs: 100 },
  timeoutMs: 10_000,
} as const;

type Deliver = (data: SignalData, pass: () => void, from: Role) => void;
type TestOptions = {
  /** The peers, before anything is sent. */
  onPeers?: (peers: Record<Role, PeerSession>) => void;
  /** What a peer that wants to restart is given; default: what it had. */
  iceServersFor?: (role: Role) => IceServer[];
};

/** Runs both peers on loopback to their end. `deliver` may hold back or reorder what one tells the other. */
export async function runInProcess(
  join: Partial<Join> = {},
  deliver: Deliver = (_data, pass) => pass(),
  { onPeers, iceServersFor = () => join.iceServers ?? [] }: TestOptions = {},
): Promise<TestEnds> {
  const ends = { offerer: Promise.withResolvers<SessionEnded>(), answerer: Promise.withResolvers<SessionEnded>() };
  const peers: { offerer?: PeerSession; answerer?: PeerSession } = {};
  for (const [role, far] of [
    ["offerer", "answerer"],
    ["answerer", "offerer"],
  ] as const) {
    peers[role] = new PeerSession(
      { ...DEFAULTS, iceServers: [], ...join, type: "join", role },
      {
        signal: (data) => deliver(data, () => peers[far]?.signal(data), role),
        // What the harness does.
        wantsRestart: () => {
          peers[far]?.configure(iceServersFor(far));
          peers[role]?.restart(iceServersFor(role), true);
        },
        stats: () => {},
        ended: (message) => {
          ends[role].resolve(message);
          // What the harness does after one peer has failed.
          if (message.report.failure) void peers[far]?.leave();
        },
      },
      (given, events) => new WeriftEndpoint(given, events, { loopbackOnly: true }),
      monotonicMs(),
    );
  }
  const { offerer: caller, answerer: called } = peers;
  if (!caller || !called) throw new Error("a session has two ends");
  onPeers?.({ offerer: caller, answerer: called });
  called.start();
  caller.start();
  const [offerer, answerer] = await Promise.all([ends.offerer.promise, ends.answerer.promise]);
  return { offerer, answerer };
}
