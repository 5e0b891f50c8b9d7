import type { EndEvidence } from "./evidence.ts";

/** One peer connection of which nothing is known yet. */
export const unknownEnd = (name: string): EndEvidence => ({
  name,
  role: null,
  engine: null,
  iceServers: null,
  transportPolicy: null,
  isGatheringComplete: null,
  candidates: [],
  farCandidates: [],
  urlErrors: [],
  pairs: [],
  refusedPermissions: [],
  selectedPair: null,
  iceStates: [],
  dtlsStates: [],
  connectionStates: [],
  descriptions: [],
  bytesReceived: null,
  bytesSent: null,
  startedAt: null,
  failure: null,
  wasConnected: null,
});
