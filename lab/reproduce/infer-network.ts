import type { Evidence } from "../model/evidence.ts";
import { type Conclusion, concluded } from "./conclusion.ts";
import { type FieldEnd, fieldEnds } from "./field-ends.ts";
import { inferNat } from "./infer-nat.ts";
import { inferServerCount, inferServers } from "./infer-servers.ts";
import { inferWayOut } from "./infer-way-out.ts";

/** What the evidence says of both ends' networks, and what it cannot say, each in one sentence. */
export type Inference = { conclusions: Conclusion[]; unknown: string[] };

/** Nothing is concluded from what is missing alone: a fact without a conclusion is not known. */
export function infer(evidence: Evidence): Inference {
  const { offerer, answerer } = fieldEnds(evidence);
  const conclusions = [
    ...[offerer, answerer].flatMap((end) => {
      const far = end === offerer ? answerer : offerer;
      return [...inferNat(end, far, evidence), ...inferWayOut(end), ...inferServers(end)];
    }),
    ...inferServerCount(offerer, answerer, evidence),
  ];
  const unknown = [offerer, answerer].flatMap((end) => unknownOf(end, conclusions));
  return { conclusions, unknown: [...unknown, ...unknownOfCall(evidence)] };
}

function unknownOf(end: FieldEnd, conclusions: readonly Conclusion[]): string[] {
  const { name, isSeen, seen } = end;
  if (!isSeen && seen.candidates.length === 0)
    return [`everything about the network of ${name}: the evidence has nothing of it`];
  const about: string[] = [];
  const nat = concluded(conclusions, name, "nat");
  if (nat?.value === "present" && concluded(conclusions, name, "nat_mapping") === null) {
    about.push(`how the NAT of ${name} maps: it takes srflx candidates of two STUN servers from one base to tell`);
  }
  if (nat === null) about.push(`whether ${name} stands behind a NAT: it told no srflx candidate`);
  if (nat?.value === "present") about.push(`what the NAT of ${name} lets in (filtering)`);
  if (isSeen && seen.iceServers === null) about.push(`which servers ${name} was given`);
  if (!isSeen) about.push(`what ${name} tried: of it there is only what the other end was told`);
  return about;
}

function unknownOfCall({ servers, packets }: Evidence): string[] {
  return servers.length > 0 || packets.length > 0
    ? []
    : ["the TURN server's firewall, relay range and ACL: its log, or a capture, would tell"];
}
