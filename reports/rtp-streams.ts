import type { MediaReceived, MediaSent, SessionFinished } from "../lab/model/events.ts";
import { ROLES, type Role } from "../lab/model/scenario.ts";

/** One stream of a session, one way. `sent`: as its sender says; of a browser's own tracks what the receiver expected. */
export type RtpStream = { receiver: Role; got: MediaReceived; by: MediaSent | null; received: number; sent: number };

/** Every stream of a session that an end was to receive. */
export function rtpStreams({ peers }: SessionFinished): RtpStream[] {
  return ROLES.flatMap((receiver) =>
    (peers[receiver].media ?? []).map((got): RtpStream => {
      const sender = peers[receiver === "offerer" ? "answerer" : "offerer"];
      const by = sender.mediaSent?.find(({ kind }) => kind === got.kind) ?? null;
      const { packetsReceived: received, packetsLost } = got;
      // W3C counts a packet each time it arrives, and what was lost less those (RFC 3550 section 6.4.1).
      return { receiver, got, by, received, sent: by?.packetsSent ?? Math.max(received, received + packetsLost) };
    }),
  );
}

export function jitters(session: SessionFinished): number[] {
  return rtpStreams(session).flatMap(({ got }) => got.jitterMs ?? []);
}

export function skippedPackets({ peers }: SessionFinished): number {
  const all = ROLES.flatMap((role) => peers[role].mediaSent ?? []);
  return all.reduce((total, { packetsSkipped }) => total + packetsSkipped, 0);
}
