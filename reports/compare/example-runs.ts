import type { RunEvent } from "../../lab/model/events.ts";
import { exampleRun, serverSampled } from "../example-run.ts";
import { factsOfLog, type RunFacts } from "./run-facts.ts";

/** What a run that never was is to be, other than `exampleRun`. */
export type Twist = {
  /** After the first, and the number of the run. */
  day: number;
  /** Connect times by this factor, and each call a little different. */
  slower?: number;
  /** Calls of mobile-to-home, of 80, that are dropped. */
  dropped?: number;
  coturn?: string;
  cpus?: number;
  /** CPU of the server while it served mobile-to-home, per cent. */
  cpuPercent?: number;
  lines?: string[];
};

const DAY = 24 * 60 * 60 * 1000;
const SCENARIO = "mobile-to-home";

/** The log of a run like `exampleRun`, on another day and with something else. */
export function twistedRun({ day, slower = 1, dropped = 0, coturn, cpus, cpuPercent, lines }: Twist): RunEvent[] {
  return exampleRun().flatMap((event): RunEvent[] => {
    const moved = { ...event, at: event.at + day * DAY };
    switch (moved.type) {
      case "run_started": {
        const engine = moved.engine && cpus !== undefined ? { ...moved.engine, cpus } : moved.engine;
        return [{ ...moved, runId: runName(day), engine }];
      }
      case "scenario_started": {
        if (moved.scenario !== SCENARIO || !lines) return [moved];
        const { at, scenario } = moved;
        const none = { filled: [], supplied: [], overridden: [], warnings: [] };
        return [
          moved,
          { type: "turn_config_read", at, scenario, server: "turn", file: "turnserver.conf", ...none, lines },
        ];
      }
      case "turn_server_image":
        return [coturn === undefined ? moved : { ...moved, version: coturn }];
      case "turn_server_sampled": {
        if (moved.scenario !== SCENARIO || moved.cpuPercent === null) return [moved];
        const at = moved.sampledAtMs + moved.allocations * 100;
        return [serverSampled(SCENARIO, { ...moved, sampledAtMs: at, cpuPercent: cpuPercent ?? moved.cpuPercent })];
      }
      case "session_finished": {
        if (moved.scenario !== SCENARIO) return [moved];
        const { connect_time: time } = moved.timings;
        const wobble = ((moved.session * 37 + day * 11) % 17) - 8;
        const timings = { ...moved.timings, connect_time: time === null ? null : time * slower + wobble };
        const isDropped = moved.session <= dropped;
        const failure = isDropped ? ({ code: "data_failed", message: "no message for 10 s" } as const) : moved.failure;
        return [{ ...moved, timings, dropped: isDropped, failure }];
      }
      default:
        return [moved];
    }
  });
}

export const runName = (day: number) => `2026-03-${14 + day}`;

export const twistedFacts = (twist: Twist): RunFacts => factsOfLog(runName(twist.day), twistedRun(twist));

export const CONFIG = ["listening-port=3478", "max-bps=64000", "user=alice:***"];

/** A reference, and a run with another coturn and another line, that is slower and drops calls. */
export const twoRuns = () => [
  twistedFacts({ day: 0, lines: CONFIG }),
  twistedFacts({
    day: 1,
    lines: [...CONFIG.slice(0, 1), "max-bps=32000", ...CONFIG.slice(2), "stale-nonce=600"],
    coturn: "4.17.1",
    slower: 1.3,
    dropped: 9,
  }),
];

/** Repeated runs, then a change that makes it slower, then another machine. */
export const manyRuns = () => [
  twistedFacts({ day: 0, cpuPercent: 20 }),
  twistedFacts({ day: 1, cpuPercent: 21, slower: 1.02 }),
  twistedFacts({ day: 2, cpuPercent: 19.5, slower: 0.99 }),
  twistedFacts({ day: 3, cpuPercent: 31, slower: 1.5, coturn: "4.17.1" }),
  twistedFacts({ day: 4, cpuPercent: 20.5, coturn: "4.17.2" }),
  twistedFacts({ day: 5, cpuPercent: 11, slower: 0.5, coturn: "4.17.2", cpus: 8 }),
];
