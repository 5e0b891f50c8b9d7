import type { EndEvidence, Evidence, Source, UrlError } from "../model/evidence.ts";
import type { Candidate } from "../model/ice.ts";
import { unknownEnd } from "../model/unknown-end.ts";

/** For tests: evidence in which only what is said is known. */
export const AT: Source = { file: "test.json", line: 7 };

export const anEnd = (known: Partial<EndEvidence> = {}): EndEvidence => ({
  ...unknownEnd("offerer"),
  role: "offerer",
  isGatheringComplete: true,
  iceStates: [
    { state: "checking", atMs: null, at: AT },
    { state: "failed", atMs: null, at: AT },
  ],
  wasConnected: false,
  ...known,
});

export const someEvidence = (...ends: EndEvidence[]): Evidence => ({ ends, servers: [], packets: [], lab: null });

export const given = (...urls: string[]) => [{ urls, usernameExpiry: null, hasCredential: true, at: AT }];

/** `host 10.0.0.2:1000`, `srflx 81.2.1.1:2000 10.0.0.2:1000`: what it is, its address, and its base. */
export function candidate(text: string, more: Partial<Candidate> = {}): Candidate & { at: Source } {
  const [type = "", own = "", related] = text.split(" ");
  const cut = (one: string) => {
    const at = one.lastIndexOf(":");
    return { address: one.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(one.slice(at + 1)) };
  };
  const base = related === undefined ? null : cut(related);
  return {
    type: type as Candidate["type"],
    protocol: "udp",
    ...cut(own),
    priority: 1,
    ...(base ? { relatedAddress: base.address, relatedPort: base.port } : {}),
    ...more,
    at: AT,
  };
}

export const urlError = (url: string, errorCode = 701, text = ""): UrlError & { at: Source } => ({
  url,
  errorCode,
  text,
  code: null,
  hostCandidate: null,
  atMs: null,
  at: AT,
});
