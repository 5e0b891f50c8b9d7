import type { NatBehaviour } from "../model/nat.ts";
import { NAT_BEHAVIOURS, unbuildable } from "../model/nat.ts";
import type { Fault } from "./fault.ts";
import { isRecord } from "./read.ts";

const PORT_ALLOCATIONS = ["preserving", "random"] as const satisfies NatBehaviour["portAllocation"][];

/** All behaviours that the lab's routers can be built with; whether UDP passes is another matter. */
const BUILDABLE: readonly NatBehaviour[] = NAT_BEHAVIOURS.flatMap((mapping) =>
  NAT_BEHAVIOURS.flatMap((filtering) =>
    PORT_ALLOCATIONS.map((portAllocation) => ({ mapping, filtering, portAllocation, udp: "translated" as const })),
  ),
).filter((nat) => unbuildable(nat) === null);

/** Faults of a NAT behaviour whose words are all legal, but which no router can be built for. */
export function natFaults(place: string, nat: unknown): Fault[] {
  if (!isBehaviour(nat)) return [];
  const why = unbuildable(nat);
  if (why === null) return [];
  return [
    {
      place,
      expected: `a mapping + filtering + portAllocation that the lab can build: ${BUILDABLE.map(inWords).join("; ")}`,
      found: inWords(nat),
      hint: `${why}.`,
    },
  ];
}

/** False where a word is missing or none that the structure allows: that fault is told already. */
function isBehaviour(nat: unknown): nat is NatBehaviour {
  if (!isRecord(nat)) return false;
  const { mapping, filtering, portAllocation } = nat;
  const isOneOf = (words: readonly string[], word: unknown) => words.some((one) => one === word);
  return (
    isOneOf(NAT_BEHAVIOURS, mapping) && isOneOf(NAT_BEHAVIOURS, filtering) && isOneOf(PORT_ALLOCATIONS, portAllocation)
  );
}

function inWords({ mapping, filtering, portAllocation }: NatBehaviour): string {
  return `${mapping} + ${filtering} + ${portAllocation}`;
}
