import type { Fault } from "./fault.ts";

/** Faults of a NAT behaviour whose words are all legal, but which no router can be built for. */
export function natFaults(_place: string, _nat: unknown): Fault[] {
  return [];
}
