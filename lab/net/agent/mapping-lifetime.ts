import type { ObservedNat } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import { arrives, ProbeSocket } from "./probe-socket.ts";
import { responsePortAttribute } from "./response-port.ts";

/** Idle times that are tried, as shares of the lifetime a router is meant to have: it keeps time by the second. */
const LIVES = 0.8;
const GONE = 1.2;
/** When a mapping is refreshed: so late that it would be gone without, so early that it is still there. */
const REFRESHED_AT = 0.6;
/** Idle for less, a mapping should have been there: a machine that stalled for longer has to try again. */
const CERTAIN = 0.95;
const TRIES = 3;

type Lifetime = Pick<ObservedNat, "lifetimeMs" | "refreshedBy">;
type Refresh = "never" | "outbound" | "inbound";
type Trial = { refresh: Refresh; idle: number };

/**
 * Mapping lifetime (RFC 5780 section 4.6) and what refreshes it (RFC 4787 REQ-6): five mappings, each looked at once,
 * by an answer that another socket asks to be sent there (RESPONSE-PORT). All side by side; takes 1.8 lifetimes. Nulls
 * where the path's round trip is too long for the lifetime to be told.
 */
export async function measureLifetime(
  path: ProbePath,
  reflector: TransportAddress,
  lifetimeMs: number,
): Promise<Lifetime> {
  if (2 * (path.rttMs ?? 0) > lifetimeMs * (1 - LIVES)) return { lifetimeMs: null, refreshedBy: null };
  using clock = await ProbeSocket.open(path, path.plan.hosts[0]);
  const bench = { path, clock, reflector, lifetimeMs };
  const [lives, gone, livesAgain, goneAgain, byInbound] = await Promise.all([
    tryMapping(bench, { refresh: "never", idle: LIVES }),
    tryMapping(bench, { refresh: "never", idle: GONE }),
    tryMapping(bench, { refresh: "outbound", idle: LIVES }),
    tryMapping(bench, { refresh: "outbound", idle: GONE }),
    tryMapping(bench, { refresh: "inbound", idle: LIVES }),
  ]);
  if (lives === null || gone === null || livesAgain === null || goneAgain === null || byInbound === null) {
    return { lifetimeMs: null, refreshedBy: null };
  }
  const isGone = !gone && !goneAgain;
  return {
    lifetimeMs: {
      livedAtLeast: lives ? LIVES * lifetimeMs : 0,
      goneAfter: lives ? (isGone ? GONE * lifetimeMs : null) : LIVES * lifetimeMs,
    },
    refreshedBy: livesAgain ? (byInbound ? "both" : "outbound") : byInbound ? "inbound" : "neither",
  };
}

type Bench = { path: ProbePath; clock: ProbeSocket; reflector: TransportAddress; lifetimeMs: number };

/** Whether a mapping is there after `idle` lifetimes without the packets that refresh it. */
async function tryMapping(bench: Bench, trial: Trial): Promise<boolean | null> {
  const { path, lifetimeMs } = bench;
  for (let tries = 1; ; tries += 1) {
    const { isThere, idleMs } = await tryOnce(bench, trial);
    const isTooLate = isThere === false && trial.idle < 1 && idleMs + (path.rttMs ?? 0) > CERTAIN * lifetimeMs;
    if (!isTooLate) return isThere;
    if (tries === TRIES) return null;
  }
}

/** `idleMs` is what the probe's own clock says of the time that the mapping had nothing to do. */
async function tryOnce(
  { path, clock, reflector, lifetimeMs }: Bench,
  { refresh, idle }: Trial,
): Promise<{ isThere: boolean | null; idleMs: number }> {
  using socket = await ProbeSocket.open(path, path.plan.hosts[0]);
  const answer = await socket.ask(reflector);
  if (answer === null) return { isThere: null, idleMs: 0 };
  const knock = () => arrives(path, clock.poke(reflector, [responsePortAttribute(answer.mapped.port)]), socket);
  let refreshedAt = performance.now();
  if (refresh !== "never") {
    await path.pause(REFRESHED_AT * lifetimeMs);
    if (refresh === "outbound") await socket.indicate(reflector);
    else await knock();
    refreshedAt = performance.now();
  }
  await path.pause(refreshedAt + idle * lifetimeMs - performance.now());
  const idleMs = performance.now() - refreshedAt;
  return { isThere: await knock(), idleMs };
}
