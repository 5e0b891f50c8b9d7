import type { Candidate, CandidateType } from "../../model/ice.ts";

export type FoundCandidate = {
  candidate: Candidate;
  ufrag: string | null;
  /** Where in the text it begins. */
  index: number;
};

/** RFC 8839 section 5.1, and the extensions that browsers add; with or without `a=`. */
const CANDIDATE =
  /candidate:\s?([\w+/]{1,64}) (\d{1,3}) (udp|tcp|ssltcp|tls) (\d{1,10}) ([\w.:%[\]*-]{1,255}) (\d{1,5}) typ (host|srflx|prflx|relay)((?: [a-z][\w-]{0,24} [^\s"'\\,}<&]{1,256}){0,12})/gi;

/** Every candidate line in a text. RTCP's own (component 2) are left out: they say what the first component's do. */
export function findCandidates(text: string): FoundCandidate[] {
  return [...text.matchAll(CANDIDATE)].flatMap((match) => {
    const [, , component, protocol = "", priority, address = "", port, type = "", rest = ""] = match;
    if (component !== "1" || Number(port) > 65_535) return [];
    const more = extensions(rest);
    const relatedPort = Number(more.rport);
    return [
      {
        candidate: {
          type: type.toLowerCase() as CandidateType,
          protocol: protocol.toLowerCase() === "udp" ? ("udp" as const) : ("tcp" as const),
          address: address.replace(/^\[|\]$/g, ""),
          port: Number(port),
          priority: Number(priority),
          // A browser that hides host addresses says 0.0.0.0 port 0: nothing.
          ...(more.raddr !== undefined && !isNowhere(more.raddr) ? { relatedAddress: more.raddr } : {}),
          ...(more.raddr !== undefined && relatedPort > 0 ? { relatedPort } : {}),
        },
        ufrag: more.ufrag ?? null,
        index: match.index,
      },
    ];
  });
}

export const isNowhere = (address: string): boolean => /^(0\.0\.0\.0|::|0:0:0:0:0:0:0:0)$/.test(address);

function extensions(rest: string): Partial<Record<string, string>> {
  const words = rest.trim().split(" ");
  const found: Partial<Record<string, string>> = {};
  for (let index = 0; index + 1 < words.length; index += 2)
    found[(words[index] ?? "").toLowerCase()] ??= words[index + 1];
  return found;
}
