import { concat, remote } from "./memory-sets.ts";
import type { Translation } from "./translation.ts";

/**
 * A flow as connection tracking holds it, seen from an inside host whose mapping it uses: as the one who began it, or as
 * the one who was reached through a mapping. A hairpinned flow is both, for two hosts. All of it reads the same for
 * packets of either direction.
 */
export type FlowEnd = { status: "snat" | "dnat"; inside: string[]; outside: string[]; far: [string, string] };

const INITIATOR: FlowEnd = {
  status: "snat",
  inside: ["ct original ip saddr", "ct original proto-src"],
  outside: ["ct reply ip daddr", "ct reply proto-dst"],
  far: ["ct original ip daddr", "ct original proto-dst"],
};
const RESPONDER: FlowEnd = {
  status: "dnat",
  inside: ["ct reply ip saddr", "ct reply proto-src"],
  outside: ["ct original ip daddr", "ct original proto-dst"],
  far: ["ct reply ip daddr", "ct reply proto-dst"],
};
export const FLOW_ENDS = { initiator: INITIATOR, responder: RESPONDER };

/** The keys under which a flow's end is remembered. */
export function keysOf({ mapping, filtering, addressing }: Translation, { inside, outside, far }: FlowEnd) {
  const [, port = ""] = outside;
  const own = addressing === "one-to-one" ? outside : [port];
  return {
    port,
    inside: concat(inside),
    mapping: concat([...inside, ...remote(mapping, ...far)]),
    permission: concat([...own, ...remote(filtering, ...far)]),
    towards: concat([port, ...remote(mapping, ...far)]),
    flow: concat([...inside, ...far]),
  };
}
