import type { EndpointDependence } from "../model/nat.ts";
import { NAT_BEHAVIOURS } from "../model/nat.ts";
import type { Fault } from "./fault.ts";
import { isRecord } from "./read.ts";

/** The pairs of mapping and filtering that the lab's routers can be built with today. */
const BUILDABLE: readonly { mapping: EndpointDependence; filtering: EndpointDependence }[] = [
  ...NAT_BEHAVIOURS.map((filtering) => ({ mapping: "endpoint-independent" as const, filtering })),
  { mapping: "address-and-port-dependent", filtering: "address-and-port-dependent" },
];

/** Faults of a NAT behaviour whose words are all legal, but which no router can be built for. */
export function natFaults(place: string, nat: unknown): Fault[] {
  if (!isRecord(nat)) return [];
  const { mapping, filtering } = nat;
  const isWord = (word: unknown) => NAT_BEHAVIOURS.some((behaviour) => behaviour === word);
  if (!isWord(mapping) || !isWord(filtering)) return [];
  if (BUILDABLE.some((pair) => pair.mapping === mapping && pair.filtering === filtering)) return [];
  const legal = BUILDABLE.map((pair) => `${pair.mapping} + ${pair.filtering}`);
  return [
    {
      place,
      expected: `a mapping + filtering that the lab can build: ${legal.join("; ")}`,
      found: `${String(mapping)} + ${String(filtering)}`,
    },
  ];
}
