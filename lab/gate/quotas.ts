import type { GateCell } from "../model/gate.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { turnUrls } from "./turn-urls.ts";

/** A call with both ends relayed takes two of a server's allocations. */
const ALLOCATIONS_OF_A_CALL = 2;
/** `max-bps` holds each way of an allocation; what headers, ICE and jitter need beside the payload is as much again. */
const SHARE_OF_MAX_BPS = 0.5;

export type Quotas = {
  /** Allocations at once, where anything bounds them; `by`: the option that does. */
  allocations: { count: number; by: string } | null;
  /** Of one call, each way. */
  bitsPerSecond: number | null;
};

/** What a file allows its clients, who share one user where it has any (coturn: mainrelay.c, ns_turn_allocation.c). */
export function quotasOf({ facts: { options, credential, relay } }: TurnConfig): Quotas {
  const positive = (option: string) => {
    const value = Number(options[option] ?? 0);
    return value > 0 ? value : null;
  };
  const maxBps = positive("max-bps");
  const capacity = positive("bps-capacity");
  const isShared = credential.kind === "user" || (credential.kind === "missing" && credential.what === "user");
  const bounds = [
    { by: "user-quota", count: isShared ? positive("user-quota") : null },
    { by: "total-quota", count: positive("total-quota") },
    { by: "bps-capacity", count: maxBps !== null && capacity !== null ? Math.floor(capacity / maxBps) : null },
    { by: "min-port to max-port", count: relay.maxPort - relay.minPort + 1 },
  ].flatMap(({ by, count }) => (count === null ? [] : [{ by, count }]));
  const [least] = bounds.toSorted((a, b) => a.count - b.count);
  return {
    allocations: least ?? null,
    bitsPerSecond: maxBps === null ? null : Math.floor(maxBps * 8 * SHARE_OF_MAX_BPS),
  };
}

/** Calls at once, each with both ends relayed, that the quotas leave room for: at least one. */
export const relayedCalls = ({ allocations }: Quotas): number =>
  allocations ? Math.max(1, Math.floor(allocations.count / ALLOCATIONS_OF_A_CALL)) : Number.POSITIVE_INFINITY;

/** Allocations that one call of a cell takes. */
export function allocationsOf({ urls, far }: Pick<GateCell, "urls" | "far">): number {
  const near = turnUrls(urls).length;
  return far === "relayed" ? 2 * near : near;
}

/** Calls of a cell at once that a file's quotas leave room for: at least one. */
export function callsAtOnce(cell: Pick<GateCell, "urls" | "far">, config: TurnConfig): number {
  const { allocations } = quotasOf(config);
  if (!allocations) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor(allocations.count / Math.max(1, allocationsOf(cell))));
}
