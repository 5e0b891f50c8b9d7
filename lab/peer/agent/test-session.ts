/** For tests: two peer sessions in one process, their signals crossed without a harness. */
import type { Join, SessionEnded, SignalData } from "../protocol.ts";
import { monotonicMs } from "./clock.ts";
import { PeerSession } from "./peer-session.ts";

type TestEnds = { offerer: SessionEnded; answerer: SessionEnded };

const DEFAULTS = {
  session: 1,
  iceServers: [],
  transportPolicy: "all",
  traffic: { messageBytes: 100, messagesPerSecond: 50, durationMs: 100 },
  timeoutMs: 10_000,
} as const;

/** Runs both peers on loopback to their end. `deliver` may hold back or reorder what one tells the other. */
export async function runInProcess(
  join: Partial<Join> = {},
  deliver: (data: SignalData, pass: () => void) => void = (_data, pass) => pass(),
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
        signal: (data) => deliver(data, () => peers[far]?.signal(data)),
        ended: (message) => {
          ends[role].resolve(message);
          // What the harness does after one peer has failed.
          if (message.report.failure) void peers[far]?.leave();
        },
      },
      { loopbackOnly: true, joinedAtMs: monotonicMs() },
    );
  }
  peers.answerer?.start();
  peers.offerer?.start();
  const [offerer, answerer] = await Promise.all([ends.offerer.promise, ends.answerer.promise]);
  return { offerer, answerer };
}
