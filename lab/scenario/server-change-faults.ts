import type { ServerChange } from "../model/scenario.ts";
import { SERVER_CHANGES } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { valueAt } from "./read.ts";

/** What may become of a server after what. A drained one is mostly taken away next; of the others nothing is left to lose. */
const NEXT: Record<ServerChange, readonly ServerChange[]> = {
  restored: ["killed", "cut-off", "drained"],
  drained: ["killed", "cut-off", "restored"],
  killed: ["restored"],
  "cut-off": ["restored"],
};

type Step = { index: number; atMs: number; server: string; becomes: ServerChange };

/** Faults of what becomes of servers one change after the other, in the order of time. */
export function serverChangeFaults(changes: readonly unknown[]): Fault[] {
  const steps = changes.flatMap((change, index) => stepOf(change, index)).sort((a, b) => a.atMs - b.atMs);
  const last = new Map<string, Step>();
  return steps.flatMap((step): Fault[] => {
    const { index, atMs, server, becomes } = step;
    const before = last.get(server);
    last.set(server, step);
    if (before?.atMs === atMs) {
      const found = `${atMs}, as in changes[${before.index}]`;
      return [{ place: `changes[${index}].atMs`, expected: `a time of its own among the changes of ${server}`, found }];
    }
    const next = NEXT[before?.becomes ?? "restored"];
    if (next.includes(becomes)) return [];
    const words = next.map((word) => `"${word}"`).join(", ");
    const expected = before
      ? `${words}: ${server} is ${before.becomes} since changes[${before.index}]`
      : `${words}: nothing has become of ${server} yet`;
    return [{ place: `changes[${index}].becomes`, expected, found: show(becomes) }];
  });
}

function stepOf(change: unknown, index: number): Step[] {
  const [server, becomes, atMs] = ["server", "becomes", "atMs"].map((key) => valueAt(change, [key]));
  const known = SERVER_CHANGES.find((word) => word === becomes);
  return typeof server === "string" && typeof atMs === "number" && known
    ? [{ index, atMs, server, becomes: known }]
    : [];
}
