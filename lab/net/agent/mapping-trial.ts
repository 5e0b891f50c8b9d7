import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";
import { type Exchange, type IdleTime, idleBetween } from "./idle-time.ts";
import type { ProbePath } from "./probe-path.ts";
import { arrives, ProbeSocket, type Reflection } from "./probe-socket.ts";
import { responsePortAttribute } from "./response-port.ts";

/** Where a mapping's life is looked at; `clock` is a socket of the same host that asks for packets to the mapping. */
export type Bench = { path: ProbePath; clock: ProbeSocket; reflector: TransportAddress; lifetimeMs: number };

/** What refreshes a mapping before it is idle, and for how many lifetimes it is. */
export type Trial = { refresh: "never" | "outbound" | "inbound"; idle: number };

/** `idle`: for how long it had been idle when it was looked at. */
export type Found = { isThere: boolean; idle: IdleTime };

/** When a mapping is refreshed: so late that it would be gone without, so early that it is still there. */
const REFRESHED_AT = 0.6;
/** A mapping that was certainly idle for less should be there; one that may have been for longer says nothing. */
const CERTAIN = 0.95;
/** A mapping that should be gone says nothing of when, if it may have been idle for longer. */
const GONE_CERTAIN = 1.4;
/** How often what comes in is answered: with the idle time after the last, 1.8 lifetimes in all. */
const ROUNDS = 2;

/** Whether a mapping is there after `idle` lifetimes without what refreshes it; null when that is uncertain. */
export async function tryMapping(bench: Bench, { refresh, idle }: Trial): Promise<Found | null> {
  const { path, lifetimeMs } = bench;
  using socket = await ProbeSocket.open(path, path.plan.hosts[0]);
  const first = await ask(bench, socket);
  if (!first) return null;
  let last: Exchange = first;
  if (refresh !== "never") {
    await idleFor(bench, last, REFRESHED_AT);
    const next = refresh === "outbound" ? await indicate(bench, socket) : await knock(bench, socket, first);
    if (!next || idleBetween(last, next).atMostMs > CERTAIN * lifetimeMs) return null;
    // Gone before its time already.
    if ("hasCome" in next && !next.hasCome) return { isThere: false, idle: idleBetween(last, next) };
    last = next;
  }
  await idleFor(bench, last, idle);
  const end = await knock(bench, socket, first);
  if (!end) return null;
  const found = { isThere: end.hasCome, idle: idleBetween(last, end) };
  const longest = (idle < 1 ? CERTAIN : GONE_CERTAIN) * lifetimeMs;
  return !found.isThere && found.idle.atMostMs > longest ? null : found;
}

/**
 * Whether a mapping lives on that is used both ways with pauses: after each something comes in and is answered. The next
 * thing that goes out must find it; outbound packets refresh any mapping (RFC 4787 REQ-6). Null when that is uncertain.
 */
export async function tryAnswering(bench: Bench): Promise<Found | null> {
  const { path, lifetimeMs } = bench;
  const isUncertain = (idle: IdleTime) => idle.atMostMs > CERTAIN * lifetimeMs;
  using socket = await ProbeSocket.open(path, path.plan.hosts[0]);
  const first = await ask(bench, socket);
  if (!first) return null;
  let last: Exchange = first;
  for (let round = 0; round < ROUNDS; round += 1) {
    await idleFor(bench, last, REFRESHED_AT);
    const inbound = await knock(bench, socket, first);
    const outbound = await indicate(bench, socket);
    if (!inbound || !outbound || isUncertain(idleBetween(last, outbound))) return null;
    if (!inbound.hasCome) return { isThere: false, idle: idleBetween(last, inbound) };
    last = outbound;
  }
  await idleFor(bench, last, REFRESHED_AT);
  const end = await ask(bench, socket);
  if (!end) return null;
  const found = {
    isThere: isSameTransportAddress(end.answer.mapped, first.answer.mapped),
    idle: idleBetween(last, end),
  };
  return !found.isThere && isUncertain(found.idle) ? null : found;
}

function idleFor({ path, lifetimeMs }: Bench, since: Exchange, lifetimes: number): Promise<void> {
  return path.pause(Math.ceil(since.overAt + lifetimes * lifetimeMs - performance.now()));
}

type Asked = Exchange & { answer: Reflection };

/** Out, and back in. */
async function ask(bench: Bench, socket: ProbeSocket): Promise<Asked | null> {
  const begunAt = performance.now();
  const answer = await socket.ask(bench.reflector);
  const overAt = await passed(bench);
  return answer && overAt !== null ? { begunAt, lastSentAt: answer.lastSentAt, overAt, answer } : null;
}

/** Out, and nothing back. */
async function indicate(bench: Bench, socket: ProbeSocket): Promise<Exchange | null> {
  const begunAt = performance.now();
  const lastSentAt = await socket.indicate(bench.reflector);
  const overAt = await passed(bench);
  return overAt === null ? null : { begunAt, lastSentAt, overAt };
}

/** In, by the mapping that the socket had at first, if it is there. */
async function knock(
  bench: Bench,
  socket: ProbeSocket,
  { answer }: Asked,
): Promise<(Exchange & { hasCome: boolean }) | null> {
  const begunAt = performance.now();
  const poke = bench.clock.poke(bench.reflector, [responsePortAttribute(answer.mapped.port)]);
  const [hasCome, overAt] = await Promise.all([arrives(bench.path, poke, socket), poke.sent.then(() => passed(bench))]);
  const lastSentAt = poke.lastSentAt();
  return hasCome === null || overAt === null || lastSentAt === null ? null : { begunAt, lastSentAt, overAt, hasCome };
}

/** When all that was sent before has passed the router: what is sent behind it has been answered. Null on a dead path. */
async function passed({ clock, reflector }: Bench): Promise<number | null> {
  return (await clock.ask(reflector)) && performance.now();
}
