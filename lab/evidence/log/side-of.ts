/** Whose a candidate or a description is, by the words before it; the nearest word decides. Null: none of them says. */
export type Side = "own" | "far";

const WORDS =
  /(?<far>\b(?:remote|received?|receiving|incoming|from (?:the )?(?:peer|remote|far|other|server|signal\w*)|far|peer'?s|got|recv|add(?:ing|ed) (?:an? )?(?:remote )?(?:ice )?candidate)|add_?ice_?candidate|set_?remote_?description|remote_?(?:description|candidate)|<-|<=)|(?<own>\b(?:local|sending|sends?|sent|outgoing|gathered|gathering|generated|new (?:local )?(?:ice )?candidate|emit\w*)|on_?ice_?candidate(?!error)|icecandidate event|set_?local_?description|local_?(?:description|candidate)|create_?(?:offer|answer)|->|=>)/gi;

/** Who did it, where the line begins with that: `**Server (Asterisk):** Generated relay from …`. */
const SUBJECT =
  /^[^a-z]*(?:(?<own>client|caller|browser|offerer|guide|local|this end|peer a)|(?<far>server|gateway|asterisk|callee|answerer|attendee|remote|far end|other side|peer b))\b[^:]{0,40}:/i;

export function sideOf(before: string): Side | null {
  const subject = SUBJECT.exec(before)?.groups;
  if (subject) return subject.far === undefined ? "own" : "far";
  let side: Side | null = null;
  for (const { groups } of before.matchAll(WORDS)) side = groups?.far !== undefined ? "far" : "own";
  return side;
}
