/**
 * What one router, or what stands at a hub in front of servers, did not let pass since its rules were loaded or it last lost
 * its state. `out`: what hosts inside sent. `in`: what came from outside.
 */
export type DroppedFlow = {
  direction: "out" | "in";
  protocol: "udp" | "tcp";
  /** Addresses as they were where the packet was dropped: of what comes in, before any translation. */
  from: string;
  to: string;
  /** Destination port. */
  port: number;
  packets: number;
};

export type RouterCounters = {
  dropped: DroppedFlow[];
  /** Packets that were larger than the next wire's MTU and must not be fragmented (RFC 1213, ipFragFails), both families. */
  tooBig: number;
  /** Entries that connection tracking holds now. */
  connections: number;
};

const keyOf = ({ direction, protocol, from, to, port }: DroppedFlow) => [direction, protocol, from, to, port].join(" ");

/**
 * What was counted from `before` until `after`; flows in which nothing was dropped meanwhile are left out. A router that lost
 * its state in between has begun anew: all that it counts is new.
 */
export function countedBetween(before: RouterCounters, after: RouterCounters): RouterCounters {
  const then = new Map(before.dropped.map((flow) => [keyOf(flow), flow.packets]));
  const dropped = after.dropped.flatMap((flow) => {
    const was = then.get(keyOf(flow)) ?? 0;
    const packets = flow.packets >= was ? flow.packets - was : flow.packets;
    return packets === 0 ? [] : [{ ...flow, packets }];
  });
  return { dropped, tooBig: Math.max(0, after.tooBig - before.tooBig), connections: after.connections };
}

/** What was dropped, by what it was, most first: `udp out 3478`. */
export function droppedByKind({ dropped }: Pick<RouterCounters, "dropped">): { what: string; packets: number }[] {
  const kinds = new Map<string, number>();
  for (const { direction, protocol, port, packets } of dropped) {
    const what = `${protocol} ${direction} ${port}`;
    kinds.set(what, (kinds.get(what) ?? 0) + packets);
  }
  return [...kinds].map(([what, packets]) => ({ what, packets })).toSorted((a, b) => b.packets - a.packets);
}
