import type { EventOf, SessionFinished } from "../../lab/model/events.ts";
import { ROLES } from "../../lab/model/scenario.ts";
import type { TimelineEntry } from "../../lab/model/timeline.ts";

/** From, to: ms from the session's start at that end. `isOpen`: it had not ended when the session did. */
export type Stage = { name: string; from: number; to: number; isOpen: boolean };

/** `who`: an end, or `both`, where the log has no timeline of either. */
export type StagesOf = { who: string; stages: Stage[] };

/** Where the time of one session went, at each end that said what it did. */
export function stagesOfSession(
  session: SessionFinished,
  timelines: readonly EventOf<"session_timeline">[],
): StagesOf[] {
  const told = ROLES.flatMap((role) => {
    const entries = timelines.find((one) => one.role === role)?.entries ?? [];
    return entries.length === 0 ? [] : [{ who: role as string, stages: stagesOfEnd(entries) }];
  });
  return told.length > 0 ? told : [{ who: "both", stages: stagesOfTimings(session) }];
}

/**
 * Gathering, checks, nomination, DTLS and data of one end. Checks: from the first one sent until the first answer; nomination: from then
 * until a pair is selected. An engine that tells of no single check has both as one. Gathering goes on beside the others.
 */
export function stagesOfEnd(entries: readonly TimelineEntry[]): Stage[] {
  const end = entries.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  const at = (is: (entry: TimelineEntry) => boolean) => entries.find(is)?.atMs;
  const step = (name: TimelineEntry["step"]) => at((entry) => entry.step === name);
  const selected = at((entry) => entry.step === "selected" && !entry.isRestart);
  const checking = step("check-sent") ?? at((entry) => entry.step === "ice-state" && entry.state === "checking");
  const answered = step("check-answered");
  const isTold = answered !== undefined && (selected === undefined || answered <= selected);
  const stage = (name: string, from: number | undefined, to: number | undefined): Stage[] =>
    from === undefined
      ? []
      : [{ name, from: round(from), to: round(Math.max(from, to ?? end)), isOpen: to === undefined }];
  return [
    ...stage("gathering", step("gathering-started"), step("gathering-ended")),
    ...(isTold || selected === undefined
      ? [...stage("checks", checking, answered), ...stage("nomination", answered, selected)]
      : stage("checks and nomination", checking, selected)),
    ...stage("DTLS", selected, step("dtls-connected")),
    ...stage("data", step("dtls-connected"), step("first-data")),
  ];
}

/** Of a log without timelines: both ends together, ICE placed by its end, from which DTLS begins. */
function stagesOfTimings({ timings }: SessionFinished): Stage[] {
  const { gather_time: gather, ice_time: ice, dtls_time: dtls, connect_time: connect, first_data_time: data } = timings;
  const end = connect ?? data;
  const dtlsFrom = end !== null && dtls !== null ? Math.max(0, end - dtls) : null;
  const stage = (name: string, from: number, to: number): Stage => ({
    ...{ name, from: round(from), to: round(to) },
    isOpen: false,
  });
  return [
    ...(gather === null ? [] : [stage("gathering", 0, gather)]),
    ...(ice === null || dtlsFrom === null
      ? []
      : [stage("checks and nomination", Math.max(0, dtlsFrom - ice), dtlsFrom)]),
    ...(dtlsFrom === null || end === null ? [] : [stage("DTLS", dtlsFrom, end)]),
    ...(connect === null || data === null || data < connect ? [] : [stage("data", connect, data)]),
  ];
}

const round = (value: number) => Math.round(value * 10) / 10;
