import type { ScenarioState } from "./scenario-state.ts";

export function inSeconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** How far a scenario is, from 0 to 1; null where nobody can know. A load that is timed is as far as its time. */
export function shareDone({ plan, done, loadAt, stage }: ScenarioState, now: number): number | null {
  if (stage === "finished") return 1;
  if (loadAt === null) return 0;
  const timed = plan.loadMs === null ? null : Math.min(1, (now - loadAt) / plan.loadMs);
  const made = plan.planned === null ? null : Math.min(1, done / plan.planned);
  return plan.kind === "allocations" || made === null ? (timed ?? made) : made;
}

/** `12/20 sessions, 11 connected, 1 failed`. */
export function soFar(state: ScenarioState): string {
  const { plan, done, connected, failed, dropped, held, asComputed, explained, notMade } = state;
  const begun = plan.planned === null ? `${done}` : `${done}/${plan.planned}`;
  const missing = notMade > 0 ? `, ${notMade} not made` : "";
  if (plan.kind === "allocations") {
    const lost = dropped > 0 ? `, ${dropped} lost` : "";
    return `${begun} iterations, ${held} held now, ${failed} failed${lost}${missing}`;
  }
  if (plan.kind === "grid") return `${begun} cells, ${done - asComputed - explained} not as computed`;
  return `${begun} sessions, ${connected} connected, ${failed} failed${droppedWords(dropped)}${missing}`;
}

export function droppedWords(dropped: number): string {
  return dropped > 0 ? `, ${dropped} of them dropped later` : "";
}

/** What a scenario that has not ended waits for. `now`: Unix milliseconds on the harness. */
export function waitsFor(state: ScenarioState, now: number): string {
  const { stage, plan, unproved, underWay, done, loadAt } = state;
  switch (stage) {
    case "waiting":
      return plan.isAlone ? "all others to end: it runs alone" : "a free lab";
    case "starting":
      return unproved.size === 0 ? "the lab's containers and peers" : `${few([...unproved])} to answer`;
    case "ending":
      return "evidence, and the lab to go down";
    case "finished":
      return "";
  }
  const left = plan.loadMs === null || loadAt === null ? 0 : loadAt + plan.loadMs - now;
  const time = left > 0 ? `${inSeconds(left)} of load` : "";
  if (plan.kind === "allocations") return time || "its clients to end";
  if (underWay.size === 0)
    return time || (done > 0 && done === plan.planned ? "a last look at its servers" : "its next session");
  const [first] = underWay.values();
  const oldest = `${counted(underWay.size, "session")}, the oldest for ${inSeconds(Math.max(0, now - (first ?? now)))}`;
  return time === "" ? oldest : `${time}; ${oldest}`;
}

function few(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
