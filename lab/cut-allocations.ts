import type { LabContext } from "./lab-context.ts";
import type { RunIn } from "./server-secrets.ts";
import { cutAllocationsOf } from "./turn/coturn-cli.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

/** Allocations end "after a short delay" (Cloudflare: realtime/turn/faq): here, as soon as the lab has told the server. */
type Needs = {
  emit: LabContext["emit"];
  runIn: RunIn;
  /** Whether a change killed the server: it has no allocations left, as one that is cut off or drained has. */
  isKilled(server: string): boolean;
  /** Told when the server could not be told: calls live on that must not. */
  onFault(error: unknown): void;
};

/**
 * Ends allocations when their credential expires, as some providers do and coturn by itself does not: through coturn's own
 * command line, one user name after the other.
 */
export class AllocationCutter {
  readonly #scenario: string;
  readonly #servers: Readonly<Record<string, TurnServerPlan>>;
  readonly #needs: Needs;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #turns = new Map<string, Promise<void>>();
  #isOver = false;

  constructor(scenario: string, servers: Readonly<Record<string, TurnServerPlan>>, needs: Needs) {
    this.#scenario = scenario;
    this.#servers = servers;
    this.#needs = needs;
  }

  /** The user name says when (draft-uberti-behave-turn-rest-00 section 2.2). */
  cutAt(server: string, username: string): void {
    // An API may answer for the last time while its lab goes down.
    if (this.#isOver) return;
    const expiresAtMs = Number.parseInt(username, 10) * 1000;
    // setTimeout cannot wait for longer, and no lab lives that long.
    const waitMs = Math.min(Math.max(0, expiresAtMs - Date.now()), 2 ** 31 - 1);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const before = this.#turns.get(server) ?? Promise.resolve();
      const turn = before.then(() => this.#cut(server, username, expiresAtMs));
      this.#turns.set(server, turn);
    }, waitMs);
    this.#timers.add(timer);
  }

  stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #cut(server: string, username: string, expiresAtMs: number): Promise<void> {
    const plan = this.#servers[server];
    if (this.#isOver || !plan) return;
    const { emit, runIn, isKilled, onFault } = this.#needs;
    if (isKilled(server)) return;
    try {
      const count = await cutAllocationsOf(username, plan, (argv, environment) => runIn(server, argv, environment));
      const at = Date.now();
      if (count > 0) {
        const delayMs = at - expiresAtMs;
        emit({ type: "allocations_cut", at, scenario: this.#scenario, server, count, delayMs });
      }
    } catch (error) {
      if (!this.#isOver && !isKilled(server)) onFault(error);
    }
  }
}
