import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, valueAt } from "./read.ts";

const LOG_REASON = "The lab reads the server's log on its standard output.";

/** Keys of turnserver.conf with which the lab would no longer see what it reports on, and why. */
const LAB_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["log-file", LOG_REASON],
  ["syslog", LOG_REASON],
  ["no-stdout-log", LOG_REASON],
  ["daemon", "The server is its container's main process: in the background it would count as dead."],
  ["pidfile", "The server may not write outside of the place that the lab gives it."],
]);

/** Faults of a server's options. What coturn itself makes of a key is for coturn to say. */
export function optionFaults(place: string, server: unknown): Fault[] {
  const options = valueAt(server, ["options"]);
  if (!isRecord(options)) return [];
  return Object.entries(options).flatMap(([key, value]): Fault[] => {
    const reason = LAB_OPTIONS.get(key);
    if (reason === undefined) return [];
    return [{ place: `${place}.${key}`, expected: `no ${key}: the lab sets it`, found: show(value), hint: reason }];
  });
}
