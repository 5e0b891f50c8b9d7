import type { SampleTarget } from "./protocol.ts";
import { Seldom } from "./seldom.ts";

type Relay = NonNullable<SampleTarget["relay"]>;

/**
 * Counts a server's relay sockets. The kernel takes 200 ms of CPU to print a table of 16,384 sockets, and nothing at all to say how many
 * there are in a namespace: the table is read as seldom as that asks for, and only for how many of its sockets are no relays, which are
 * few and stay. All others are: also those that came while it was read.
 */
export class RelaySockets {
  readonly #relay: Relay;
  readonly #files: { table: () => string; summary: () => string };
  readonly #others: Seldom<number>;

  /** `table`: /proc/net/udp; `summary`: /proc/net/sockstat. */
  constructor(relay: Relay, files: { table: () => string; summary: () => string }) {
    this.#relay = relay;
    this.#files = files;
    this.#others = new Seldom(() => {
      const table = files.table();
      return countSockets(table) - countRelaySockets(table, relay);
    });
  }

  count(): number {
    const others = this.#others.value();
    return Math.max(0, this.#all() - others);
  }

  #all(): number {
    const { address } = this.#relay;
    const [, count] = /^UDP: inuse (\d+)/m.exec(this.#files.summary()) ?? [];
    if (count === undefined) throw new Error(`no count of the sockets beside ${address}`);
    return Number(count);
  }
}

/** A line each, below the heading. */
function countSockets(udpTable: string): number {
  let lines = 0;
  for (let at = udpTable.indexOf("\n"); at >= 0; at = udpTable.indexOf("\n", at + 1)) lines++;
  return Math.max(0, lines - 1);
}

/** Counts UDP sockets bound to the relay address and range (proc(5), /proc/net/udp: little-endian hex). */
export function countRelaySockets(udpTable: string, relay: Relay): number {
  const address = relay.address
    .split(".")
    .reverse()
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  // After the slot: `  12: 0A014D22:C000 …`.
  const place = `: ${address}:`;
  let count = 0;
  for (let at = udpTable.indexOf(place); at >= 0; at = udpTable.indexOf(place, at + 1)) {
    const port = Number.parseInt(udpTable.slice(at + place.length, at + place.length + 4), 16);
    if (port >= relay.minPort && port <= relay.maxPort) count++;
  }
  return count;
}
