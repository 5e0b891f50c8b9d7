import type { ObservedNat } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { type Found, type Trial, tryAnswering, tryMapping } from "./mapping-trial.ts";
import type { ProbePath } from "./probe-path.ts";
import { ProbeSocket } from "./probe-socket.ts";

/** Idle times that are tried, as shares of the lifetime a router is meant to have: it keeps time by the second. */
const LIVES = 0.8;
const GONE = 1.2;
/** A machine that stalled has to try again. */
const TRIES = 4;

type Lifetime = Pick<ObservedNat, "lifetimeMs" | "refreshedBy" | "keptByAnswers">;

const UNKNOWN: Lifetime = { lifetimeMs: null, refreshedBy: null, keptByAnswers: null };

/**
 * Mapping lifetime (RFC 5780 section 4.6) and what refreshes it (RFC 4787 REQ-6): five mappings that are looked at once
 * each, by an answer that another socket asks to be sent there (RESPONSE-PORT), and one that is used now and then. All
 * side by side; takes 1.8 lifetimes. Nulls where the path's round trip is too long for the lifetime to be told.
 */
export async function measureLifetime(
  path: ProbePath,
  reflector: TransportAddress,
  lifetimeMs: number,
): Promise<Lifetime> {
  if (2 * (path.rttMs ?? 0) > lifetimeMs * (1 - LIVES)) return UNKNOWN;
  using clock = await ProbeSocket.open(path, path.plan.hosts[0]);
  const bench = { path, clock, reflector, lifetimeMs };
  const look = (refresh: Trial["refresh"], idle: number) => repeated(() => tryMapping(bench, { refresh, idle }));
  const [lives, gone, livesAgain, goneAgain, byInbound, answering] = await Promise.all([
    look("never", LIVES),
    look("never", GONE),
    look("outbound", LIVES),
    look("outbound", GONE),
    look("inbound", LIVES),
    repeated(() => tryAnswering(bench)),
  ]);
  if (!lives || !gone || !livesAgain || !goneAgain || !byInbound) return UNKNOWN;
  return {
    lifetimeMs: bounds(lives, [gone, goneAgain], lifetimeMs),
    refreshedBy: refreshedBy(livesAgain.isThere, byInbound.isThere),
    keptByAnswers: answering?.isThere ?? null,
  };
}

/** Until the times are such that what is found says something of the router; null when they never are. */
async function repeated(look: () => Promise<Found | null>): Promise<Found | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await look();
    if (found) return found;
  }
  return null;
}

function bounds(lives: Found, gone: Found[], lifetimeMs: number): NonNullable<ObservedNat["lifetimeMs"]> {
  const latest = (found: Found[]) => Math.ceil(Math.max(...found.map(({ idle }) => idle.atMostMs)));
  if (!lives.isThere) return { livedAtLeast: 0, goneAfter: latest([lives]) };
  if (gone.some(({ isThere }) => isThere)) return { livedAtLeast: GONE * lifetimeMs, goneAfter: null };
  return { livedAtLeast: LIVES * lifetimeMs, goneAfter: latest(gone) };
}

function refreshedBy(outbound: boolean, inbound: boolean): NonNullable<ObservedNat["refreshedBy"]> {
  if (outbound) return inbound ? "both" : "outbound";
  return inbound ? "inbound" : "neither";
}
