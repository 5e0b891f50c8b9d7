import type { EventOf } from "../../lab/model/events.ts";
import { ROLES } from "../../lab/model/scenario.ts";
import { describeRef, describeStep, mergeSteps } from "../describe-timeline.ts";
import { columns } from "./columns.ts";
import { NOTHING, oneLine } from "./format.ts";

type SessionTimeline = EventOf<"session_timeline">;

/** One session's whole course: both ends' steps in the order of time, then every pair that was checked. Ends with a newline. */
export function renderSessionTimeline(timelines: readonly SessionTimeline[]): string {
  const steps = mergeSteps(timelines).map(({ role, entry }) => [
    entry.atMs.toFixed(1),
    role,
    entry.step,
    oneLine(describeStep(entry)),
  ]);
  const pairs = timelines.flatMap(({ role, pairs }) =>
    pairs.map((pair) => [
      role,
      describeRef(pair.local),
      describeRef(pair.remote),
      `${pair.state}${pair.isNominated ? ", nominated" : ""}`,
      ...[pair.checksSent, pair.answersReceived, pair.checksReceived].map((count) => count?.toString() ?? NOTHING),
      pair.local.url ?? "",
    ]),
  );
  const silent = ROLES.filter((role) => timelines.every((one) => one.role !== role || one.entries.length === 0));
  const left = timelines.filter((one) => one.left > 0);
  const blocks = [
    timelines.slice(0, 1).map(({ scenario, session }) => `${scenario}, session ${session}`),
    columns([["ms", "end", "step", ""], ...steps], ["right", "left", "left", "left"]),
    pairs.length === 0
      ? []
      : columns(
          [["end", "local", "remote", "state", "sent", "answers", "received", "url"], ...pairs],
          ["left", "left", "left", "left", "right", "right", "right", "left"],
        ),
    [
      ...silent.map((role) => `The ${role} said nothing of its course.`),
      ...left.map((one) => `${one.role}: ${one.left} more left out.`),
    ],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
