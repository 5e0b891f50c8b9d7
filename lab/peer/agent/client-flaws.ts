import dgram from "node:dgram";
import { once } from "node:events";
import type { TurnProtocol } from "werift";
import type { ClientFlaw } from "../../model/topology.ts";
import { refreshesOf } from "./werift-internals.ts";

/** How a TURN client behaves besides what everyone does. */
export type ClientHabits = {
  flaws?: readonly ClientFlaw[];
  /** Channels, and the permissions with them, are bound anew after so long; absent: werift's 500 s, which 600 s need. */
  channelRefreshSeconds?: number;
  /** It is the call before, whose ports the next one takes: from a new port, and left behind. */
  isBefore?: boolean;
};

/** Lets an allocation's client do wrong what clients in the field did. Before it has said anything. */
export function applyHabits(
  turn: TurnProtocol,
  { flaws = [], channelRefreshSeconds }: ClientHabits,
  isSigned: () => boolean,
): void {
  const refreshes = refreshesOf(turn);
  if (channelRefreshSeconds !== undefined) refreshes.channelRefreshTime = channelRefreshSeconds;
  if (flaws.includes("no-permission-refresh")) refreshes.channelRefreshTime = Number.POSITIVE_INFINITY;
  if (flaws.includes("no-allocation-refresh")) refreshes.refresh = () => {};
  if (!flaws.includes("ignores-stale-nonce")) return;
  const withRetry = turn.requestWithRetry.bind(turn);
  turn.requestWithRetry = (message, address, signal) =>
    isSigned()
      ? turn.request(message, address, undefined, signal ? { signal } : {})
      : withRetry(message, address, signal);
}

/** Local ports by server, of sockets that are closed. Of the process: the next call takes those of the one before. */
const leftPorts = new Map<string, number[]>();

export function leavePort(server: string, port: number): void {
  leftPorts.set(server, [...(leftPorts.get(server) ?? []), port]);
}

/** The port of an earlier call to this server that nobody has now; null where there is none. */
export async function takeLeftPort(server: string, type: dgram.SocketType): Promise<number | null> {
  const ports = leftPorts.get(server) ?? [];
  for (let port = ports.shift(); port !== undefined; port = ports.shift()) if (await isFree(port, type)) return port;
  return null;
}

async function isFree(port: number, type: dgram.SocketType): Promise<boolean> {
  const socket = dgram.createSocket(type);
  try {
    socket.bind(port);
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
