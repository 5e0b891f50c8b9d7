import type { EventOf, EventType, RunEvent } from "./events.ts";

/** Those of one type, in the order of the log. */
export function eventsOf<T extends EventType>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
