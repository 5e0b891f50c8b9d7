import type { Diagnosis } from "../model/diagnosis.ts";
import type { SessionFinished } from "../model/events.ts";
import type { Evidence } from "../model/evidence.ts";
import { type FailureCode, isDiagnosed, seenAs } from "../model/failure.ts";
import type { Candidate, CandidateType } from "../model/ice.ts";
import { callOutcome, lastIceState } from "./call-outcome.ts";
import { type FieldEnd, fieldEnds } from "./field-ends.ts";
import type { LabCalls } from "./lab-calls.ts";

/** A lab's calls held against the field's: `isSame` where they fail by the same cause, with relays where it had them. */
export type Comparison = { isSame: boolean; agrees: string[]; differs: string[] };

/** What must agree, or the call failed otherwise; and what is only told. */
type Point = { text: string; isSame: boolean; mustAgree: boolean };

export function compareWithField(evidence: Evidence, diagnosis: Diagnosis, lab: LabCalls): Comparison {
  const { offerer, answerer } = fieldEnds(evidence);
  const points = [
    outcomePoint(evidence, lab),
    causePoint(evidence, diagnosis, lab),
    ...[offerer, answerer].flatMap((end) => candidatePoints(end, lab)),
    ...[offerer, answerer].flatMap((end) => statePoint(end, lab)),
  ];
  const isSame = lab.sessions.length > 0 && points.every((point) => point.isSame || !point.mustAgree);
  const textsOf = (same: boolean) => points.filter((point) => point.isSame === same).map(({ text }) => text);
  return { isSame, agrees: textsOf(true), differs: textsOf(false) };
}

const all = <T>(list: readonly T[], test: (one: T) => boolean) => list.length > 0 && list.every(test);

function outcomePoint(evidence: Evidence, { sessions }: LabCalls): Point {
  const wasDropped = callOutcome(evidence) === "dropped";
  const how = wasDropped ? "was lost after it had connected" : "never connected";
  const isSame = all(sessions, ({ outcome, dropped }) => (wasDropped ? dropped : outcome === "failed"));
  const cameTo = counted(sessions.map(({ outcome, dropped }) => (dropped ? "dropped" : outcome)));
  return { text: `the field's call ${how}; here: ${cameTo}`, isSame, mustAgree: true };
}

/** By the diagnosis; where the field's is one of several, by what an end itself says. */
function causePoint({ ends }: Evidence, { code, confidence }: Diagnosis, { sessions }: LabCalls): Point {
  if (confidence !== "possible") {
    const found = sessions.map((session) => session.diagnosis?.code ?? session.failure?.code ?? "none");
    const isNamed = ({ diagnosis, failure }: SessionFinished) =>
      diagnosis?.code === code ||
      failure?.code === code ||
      // The lab knows more, and may name what stands behind it.
      (!isDiagnosed(code) && diagnosis != null && seenAs(diagnosis.code).includes(code));
    return { text: `cause: ${code}; here: ${counted(found)}`, isSame: all(sessions, isNamed), mustAgree: true };
  }
  const told = ends.flatMap(({ failure }) => failure?.code ?? []);
  const expected: readonly FailureCode[] = told.length > 0 ? told : seenAs(code);
  const found = sessions.map(({ failure }) => failure?.code ?? "none");
  return {
    text: `an end said ${told.length > 0 ? told.join(", ") : "that ICE failed"}; here: ${counted(found)}`,
    isSame: all(sessions, ({ failure }) => failure !== null && expected.includes(failure.code)),
    mustAgree: true,
  };
}

const TYPES: readonly CandidateType[] = ["host", "srflx", "relay"];

/** A relay at an end that had none, or none where there was one, is another failure; other kinds depend on the engine. */
function candidatePoints(end: FieldEnd, { sessions }: LabCalls): Point[] {
  if (end.seen.candidates.length === 0) return [];
  // Of an end that is only told of, what came is not all that there was.
  const looked = end.isSeen ? TYPES : (["relay"] as const);
  const field = kinds(end.seen.candidates, looked);
  const here = sessions.map(({ peers }) => kinds(peers[end.role].candidates, looked));
  const isRelayAlike = all(here, (own) => own.includes("relay") === field.includes("relay"));
  const none = end.isSeen ? "no" : "no relay";
  return [
    {
      text: `${end.name} had ${field || none} candidates; here: ${counted(here.map((own) => own || none))}`,
      isSame: all(here, (own) => own === field),
      mustAgree: end.isSeen && !isRelayAlike,
    },
  ];
}

const kinds = (candidates: readonly Candidate[], looked: readonly CandidateType[]) =>
  looked.filter((type) => candidates.some((one) => one.type === type)).join(", ");

function statePoint(end: FieldEnd, { lastStates }: LabCalls): Point[] {
  const field = lastIceState(end.seen);
  const here = lastStates.flatMap((states) => states[end.role] ?? []);
  if (field === null || here.length === 0) return [];
  const text = `ICE of ${end.name} ended as ${field}; here: ${counted(here)}`;
  return [{ text, isSame: all(here, (state) => state === field), mustAgree: false }];
}

/** `ice_failed`, or `2 ice_failed, 1 connected`. */
function counted(words: readonly string[]): string {
  const groups = [...Map.groupBy(words, (word) => word)];
  if (groups.length === 0) return "no call";
  const [only] = groups;
  return groups.length === 1 && only ? only[0] : groups.map(([word, of]) => `${of.length} ${word}`).join(", ");
}
