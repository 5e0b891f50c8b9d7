/**
 * Pairs of loads after which their metrics are looked at, and what part of a metric's error rate each look may spend. An interval of
 * a fixed number of pairs holds once: who looks again, because the first told too little, has a part of the rate for each look, and
 * all of them together hold whenever the gate ends (Bonferroni over looks; Pocock 1977 shows what comes of not doing so). Between
 * two looks the earlier one counts. Three pairs are what a gate has that was ended early; they show next to nothing.
 */
const LOOKS = [
  { pairs: 3, share: 0.05 },
  { pairs: 6, share: 0.55 },
  { pairs: 9, share: 0.2 },
  { pairs: 12, share: 0.2 },
] as const;

export type Look = (typeof LOOKS)[number];

/** Of every gate that is not ended before. */
export const FIRST_LOADS = 6;

/** The latest look at so many pairs; undefined: there are too few. */
export function lookAt(pairs: number): Look | undefined {
  return LOOKS.findLast((look) => look.pairs <= pairs);
}

/** How many pairs the look after these needs; null: there is none. */
export function nextLook(pairs: number): number | null {
  return LOOKS.find((look) => look.pairs > pairs)?.pairs ?? null;
}
