import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { Change } from "./model/scenario.ts";

type Needs = {
  emit: LabContext["emit"];
  /** A change as the log may hold it. */
  shown?: (change: Change) => Change;
  /** Told when a change begins to be made. */
  onMade?: (change: Change) => void;
  /** Told when a change could not be made: the lab is not what the scenario says from then on. */
  onFault: (error: unknown) => void;
};

/**
 * Makes a scenario's changes, each at its time after this call. `stop` ends it with the load: what is not due yet never
 * happens, a dead router comes back, and what is being done is waited for.
 */
export function startChanges(
  scenario: string,
  changes: readonly Change[],
  lab: Pick<StartedLab, "links" | "reboot" | "changeServer" | "secrets">,
  { emit, onFault, onMade, shown = (change) => change }: Needs,
): { stop(): Promise<void> } {
  const startedAt = performance.now();
  const over = new AbortController();
  const begun: Promise<void>[] = [];
  const make = async (change: Change): Promise<void> => {
    const atMs = performance.now() - startedAt;
    onMade?.(change);
    if ("link" in change) await lab.links.set(change.node, change.link);
    else if ("secrets" in change) await lab.secrets.take(change.server, change.secrets);
    else if ("mintsWith" in change) lab.secrets.mintWith(change.server, change.mintsWith);
    else if ("becomes" in change) await lab.changeServer(change.server, change.becomes);
    else await lab.reboot(change.router, change.downMs ?? 0, over.signal);
    const durationMs = performance.now() - startedAt - atMs;
    emit({ type: "lab_changed", at: Date.now(), scenario, change: shown(change), atMs, durationMs });
  };
  const timers = changes.map((change) => setTimeout(() => void begun.push(make(change).catch(onFault)), change.atMs));
  return {
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      over.abort();
      await Promise.all(begun);
    },
  };
}
