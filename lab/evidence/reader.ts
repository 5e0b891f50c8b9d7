import type { EndEvidence, PacketEvidence, ServerEvidence } from "../model/evidence.ts";

/** A file as somebody sent it. `name` is what sources are named by: never a path. */
export type EvidenceFile = { name: string; bytes: Uint8Array };

/**
 * One peer connection as one file tells of it. `marks`: what it goes by at each end, as usernameFragments and `ADDRESS:PORT`,
 * by which files of one call are told to belong together. They are not part of the evidence.
 */
export type ReadEnd = EndEvidence & { marks?: { own: string[]; far: string[] } };

/** What one file says. */
export type ReadEvidence = {
  /** What kind of file it is and what was found in it, in one line: `webrtc-internals dump, 2 peer connections`. */
  understood: string;
  ends: ReadEnd[];
  servers: ServerEvidence[];
  packets: PacketEvidence[];
  /** What is in it and could not be read, or is cut off: each in one line with its place. */
  notUnderstood: string[];
};

/** One format. */
export type EvidenceReader = {
  /** `webrtc-internals dump`. */
  kind: string;
  /** By its content, not its name; must be quick and never throw. */
  recognizes(file: EvidenceFile): boolean;
  /** @throws EvidenceError where it is this format and says nothing of a call. */
  read(file: EvidenceFile): ReadEvidence;
};

/** What is wrong with a file: the place, what was expected, what was found, what to try. The command exits with 104. */
export class EvidenceError extends Error {
  override name = "EvidenceError";
}
