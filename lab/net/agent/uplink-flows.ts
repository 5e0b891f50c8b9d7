import type { UplinkPort, UplinkTraffic } from "../../model/outside-server.ts";

/** What an uplink allows, whatever the peers do: a lab must not become a load on somebody's server by accident. */
export type UplinkLimits = {
  /** Flows at a time. */
  maxOpen: number;
  /** New flows a second, and how many may come at once after a pause. */
  opensPerSecond: number;
  burst: number;
  /** A flow without a byte either way is closed after this: longer than any NAT keeps a silent mapping by default. */
  idleMs: Record<UplinkPort["protocol"], number>;
  /** However busy it is. */
  maxAgeMs: number;
  /** Where there are too many, a UDP flow that was idle for so long makes room: its call is over, which UDP does not say. */
  makesRoomAfterMs: number;
};

/** A call of twenty at once opens some 160 flows; a NAT keeps an idle UDP mapping for minutes (RFC 4787 REQ-5). */
export const UPLINK_LIMITS: UplinkLimits = {
  maxOpen: 2_000,
  opensPerSecond: 200,
  burst: 1_000,
  idleMs: { udp: 300_000, tcp: 900_000 },
  maxAgeMs: 7_200_000,
  makesRoomAfterMs: 30_000,
};

type Flow = UplinkPort & { openedAtMs: number; lastAtMs: number };

/**
 * Which flows there are, and what went through by each port. The list of ports is fixed at the start; what is not on it is
 * never opened. Times are passed in.
 */
export class UplinkFlows {
  readonly #limits: UplinkLimits;
  readonly #flows = new Map<number, Flow>();
  readonly #traffic: Map<string, UplinkTraffic>;
  #tokens: number;
  #filledAtMs: number;

  constructor(ports: readonly UplinkPort[], limits: UplinkLimits, nowMs: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAtMs = nowMs;
    this.#traffic = new Map(
      ports.map((port) => [keyOf(port), { ...port, flows: 0, refused: 0, bytesOut: 0, bytesIn: 0 }]),
    );
  }

  /** The flow that is to be closed before another can be opened; null where there is room, or nothing that may go. */
  toMakeRoom(nowMs: number): number | null {
    const { maxOpen, makesRoomAfterMs } = this.#limits;
    if (this.#flows.size < maxOpen) return null;
    const idle = [...this.#flows].filter(
      ([, { protocol, lastAtMs }]) => protocol === "udp" && nowMs - lastAtMs >= makesRoomAfterMs,
    );
    const [longest] = idle.toSorted(([, a], [, b]) => a.lastAtMs - b.lastAtMs);
    return longest ? longest[0] : null;
  }

  /** False: the port is not allowed, the flow's number is in use, or a limit is reached. */
  open(flow: number, { protocol, port }: UplinkPort, nowMs: number): boolean {
    const traffic = this.#traffic.get(keyOf({ protocol, port }));
    if (!traffic || this.#flows.has(flow)) return false;
    const { opensPerSecond, burst, maxOpen } = this.#limits;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledAtMs) * opensPerSecond) / 1_000);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1 || this.#flows.size >= maxOpen) {
      traffic.refused += 1;
      return false;
    }
    this.#tokens -= 1;
    traffic.flows += 1;
    this.#flows.set(flow, { protocol, port, openedAtMs: nowMs, lastAtMs: nowMs });
    return true;
  }

  /** Counts what passed; of a flow that is not open, nothing does. */
  pass(flow: number, direction: "out" | "in", bytes: number, nowMs: number): void {
    const open = this.#flows.get(flow);
    const traffic = open && this.#traffic.get(keyOf(open));
    if (!open || !traffic) return;
    open.lastAtMs = nowMs;
    traffic[direction === "out" ? "bytesOut" : "bytesIn"] += bytes;
  }

  close(flow: number): void {
    this.#flows.delete(flow);
  }

  /** Flows whose time is up; they are to be closed. */
  expired(nowMs: number): number[] {
    const { idleMs, maxAgeMs } = this.#limits;
    return [...this.#flows].flatMap(([flow, { protocol, openedAtMs, lastAtMs }]) =>
      nowMs - lastAtMs >= idleMs[protocol] || nowMs - openedAtMs >= maxAgeMs ? [flow] : [],
    );
  }

  get openCount(): number {
    return this.#flows.size;
  }

  /** Copies: the counts go on. */
  traffic(): UplinkTraffic[] {
    return [...this.#traffic.values()].map((one) => ({ ...one }));
  }
}

const keyOf = ({ protocol, port }: UplinkPort) => `${protocol} ${port}`;
