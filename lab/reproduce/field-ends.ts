import type { EndEvidence, Evidence } from "../model/evidence.ts";
import type { Role } from "../model/scenario.ts";
import { unknownEnd } from "../model/unknown-end.ts";

/** One end of a call in the field. `isSeen`: it has evidence of its own, and is not only told of by the other one. */
export type FieldEnd = { role: Role; name: string; isSeen: boolean; seen: EndEvidence };

const otherOf = (role: Role): Role => (role === "offerer" ? "answerer" : "offerer");

/** Both ends by role. Who told of itself nothing has the candidates that the other one was told. */
export function fieldEnds({ ends }: Pick<Evidence, "ends">): Record<Role, FieldEnd> {
  const [first, second] = ends;
  // Whose role nobody tells is taken for the one who calls.
  const role: Role = first?.role ?? (second?.role ? otherOf(second.role) : "offerer");
  const own = endOf(role, first, second);
  const far = endOf(otherOf(role), second, first);
  return role === "offerer" ? { offerer: own, answerer: far } : { offerer: far, answerer: own };
}

function endOf(role: Role, seen: EndEvidence | undefined, other: EndEvidence | undefined): FieldEnd {
  if (seen) return { role, name: seen.name, isSeen: true, seen };
  const name = other ? `the far end of ${other.name}` : `the ${role}`;
  return { role, name, isSeen: false, seen: { ...unknownEnd(name), role, candidates: other?.farCandidates ?? [] } };
}
