import { isIPv6 } from "node:net";
import type { ProbeResult, ProbeVerdict } from "../model/probe.ts";
import type { PeerAnswer, PeerAnswers } from "./ask-peers.ts";
import { IPV4_PEERS, IPV6_PEERS, type PeerAddress, PUBLIC_PEER } from "./peer-addresses.ts";
import { notAsked, type Question, resultOf } from "./question.ts";
import type { Outcome } from "./turn-questions.ts";

export type PeerJudgement = {
  url: string | null;
  /** Addresses that clients' calls need, and what for: `an SFU`. */
  reachable: Readonly<Record<string, string>>;
  /** Further ones that must not be. */
  forbidden?: readonly string[];
  /** Tokens that listeners of the lab were sent; null: nobody listened. */
  arrived?: ReadonlySet<string> | null;
};

const CODE: Record<string, number> = { success: 200, none: 0 };
const WAYS = { createPermission: "CreatePermission", channelBind: "ChannelBind", connect: "CONNECT" } as const;
type Way = keyof typeof WAYS;

/** What the answers mean, one result for an address. `measured`: 200 for a success, 0 for no answer, else the number. */
export function judgePeers(answers: PeerAnswers, judgement: PeerJudgement): ProbeResult[] {
  const known = [...IPV4_PEERS, ...IPV6_PEERS];
  return answers.peers.flatMap((peer) => {
    const { address } = peer;
    const need = judgement.reachable[address];
    if (need !== undefined) return [judgeNeeded(peer, need, judgement)];
    const entry = known.find((one) => one.address === address);
    const isForbidden = judgement.forbidden?.includes(address) ?? false;
    return entry || isForbidden ? [judgeForbidden(peer, entry ?? foreign(address), answers, judgement)] : [];
  });
}

function judgeForbidden(
  peer: PeerAnswer,
  { address, what, severity, fix, option }: PeerAddress,
  { whyNoConnect }: PeerAnswers,
  { url, arrived }: PeerJudgement,
): ProbeResult {
  const question: Question = {
    id: `peer-${address}`,
    group: "peer-acl",
    title: `Relaying to ${address}, ${what}`,
    expected: "403",
    severity,
    reason: "Every user can reach it through this server (CWE-918).",
    fix,
    affects: null,
    option,
  };
  const asked = waysAsked(peer);
  if (asked.length === 0) return notAsked(question, url, peer.why || "not asked");
  const hasReached = hasArrived(peer, arrived);
  const opened = asked.filter((way) => isOpen(peer[way]));
  const isUnclear = asked.some((way) => peer[way] === "none" || (way === "connect" && peer[way] === 500));
  const verdict: ProbeVerdict = hasReached === true || opened.length > 0 ? "weak" : isUnclear ? "unclear" : "ok";
  const why = verdict === "unclear" ? unclearWhy(peer) : peer.connect === null ? whyNoConnect : "";
  return resultOf(question, {
    url,
    observed: sayWays(peer, asked, hasReached),
    verdict,
    hasReached,
    measured: measure(peer, asked),
    durationMs: peer.durationMs,
    ...(why === "" ? {} : { why }),
  });
}

function judgeNeeded(peer: PeerAnswer, need: string, { url, arrived }: PeerJudgement): ProbeResult {
  const { address } = peer;
  const question: Question = {
    id: `peer-needed-${need.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase()}`,
    group: "peer-acl",
    title: `Relaying to ${address}, ${need}`,
    expected: "success",
    // Where only some peers are allowed, an SFU's, that is as it was meant.
    severity: address === PUBLIC_PEER ? "warning" : "error",
    reason: "The ACL denies an address that calls need.",
    fix: `allowed-peer-ip=${address}, or a narrower denied-peer-ip (no range may start at ::)`,
    affects: "users whose calls are relayed",
    option: "denied-peer-ip",
  };
  // A connection over TCP is nothing that a call needs.
  const asked = waysAsked(peer).filter((way) => way !== "connect");
  if (asked.length === 0) return notAsked(question, url, peer.why || "not asked");
  const hasReached = hasArrived(peer, arrived);
  const refused = asked.some((way) => typeof peer[way] === "number");
  const isUnclear = asked.some((way) => peer[way] === "none");
  return resultOf(question, {
    url,
    observed: sayWays(peer, asked, hasReached),
    verdict: refused || hasReached === false ? "weak" : isUnclear ? "unclear" : "ok",
    hasReached,
    measured: measure(peer, asked),
    durationMs: peer.durationMs,
    ...(isUnclear ? { why: unclearWhy(peer) } : {}),
  });
}

const waysAsked = (peer: PeerAnswer): Way[] => (Object.keys(WAYS) as Way[]).filter((way) => peer[way] !== null);

/** 447 (RFC 6062 section 6.3): it dialled, and nobody took the call. */
const isOpen = (outcome: Outcome | null) => outcome === "success" || outcome === 447;

/** Null where nobody listened there. */
function hasArrived({ tokens }: PeerAnswer, arrived: ReadonlySet<string> | null | undefined): boolean | null {
  const sent = Object.values(tokens);
  return !arrived || sent.length === 0 ? null : sent.some((token) => arrived.has(token));
}

function unclearWhy({ connect, createPermission, channelBind }: PeerAnswer): string {
  const isDialling = connect === "none" && createPermission !== "none" && channelBind !== "none";
  if (connect === 500) return "500 to CONNECT: it was not forbidden, and failed otherwise";
  return isDialling ? "no answer to CONNECT: it may have dialled" : "no answer";
}

function sayWays(peer: PeerAnswer, asked: readonly Way[], hasReached: boolean | null): string {
  const outcomes = [...new Set(asked.map((way) => peer[way]))];
  const said = outcomes.length === 1 ? String(outcomes[0]) : asked.map((way) => `${WAYS[way]} ${peer[way]}`).join(", ");
  return hasReached === null ? said : `${said}; ${hasReached ? "data arrived" : "nothing arrived"} there`;
}

function measure(peer: PeerAnswer, asked: readonly Way[]): Record<string, number> {
  return Object.fromEntries(asked.map((way) => [way, CODE[String(peer[way])] ?? Number(peer[way])]));
}

function foreign(address: string): PeerAddress {
  const range = isIPv6(address) ? address : `${address}-${address}`;
  return {
    address,
    what: "an address that no client's call needs",
    severity: "error",
    fix: `denied-peer-ip=${range}`,
    option: "denied-peer-ip",
  };
}
