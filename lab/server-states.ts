import type { LabContext } from "./lab-context.ts";
import type { Change, ServerChange } from "./model/scenario.ts";
import type { AddressPlan } from "./net/address-plan.ts";
import type { Fabric } from "./net/fabric.ts";
import type { StartedNetwork } from "./net/network.ts";
import { nobodyListens } from "./net/nobody-listens.ts";
import { setWireState, type WireState } from "./net/server-outage.ts";
import { proveBack } from "./prove-lab.ts";
import type { StartedHeld } from "./runtime/held-container.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

type Parts = {
  fabric: Fabric;
  network: Pick<StartedNetwork, "observerOf">;
  plan: AddressPlan;
  pids: Record<string, number>;
  turnServers: Record<string, TurnServerPlan>;
  containerOf(server: string): StartedHeld;
};

/** What servers are in mid-run: lost in one way or another, and back. */
export class ServerStates {
  readonly #parts: Parts;
  readonly #context: LabContext;
  readonly #willBeDrained: ReadonlySet<string>;
  readonly #lost = new Map<string, Exclude<ServerChange, "restored">>();
  readonly #restarted = new Set<string>();
  /** Of each server, the change under way: the next one waits for it. */
  readonly #last = new Map<string, Promise<void>>();

  private constructor(parts: Parts, willBeDrained: ReadonlySet<string>, context: LabContext) {
    this.#parts = parts;
    this.#context = context;
    this.#willBeDrained = willBeDrained;
  }

  /** Flows are remembered from the start on at the wires of servers that will be drained, and nowhere else. */
  static async prepare(parts: Parts, changes: readonly Change[], context: LabContext): Promise<ServerStates> {
    const drained = changes.flatMap((change) =>
      "becomes" in change && change.becomes === "drained" ? [change.server] : [],
    );
    const states = new ServerStates(parts, new Set(drained), context);
    await Promise.all([...states.#willBeDrained].map((server) => states.#setWire(server, "tracked")));
    return states;
  }

  /** Whether a server is meant to answer whoever asks. */
  isUp(server: string): boolean {
    return !this.#lost.has(server);
  }

  /** Whether nothing of a server runs; one that is cut off or drained lives on, with what was allocated. */
  isKilled(server: string): boolean {
    return this.#lost.get(server) === "killed";
  }

  /** Whether it was killed and started again: what it counts began at zero then. */
  hasRestarted(server: string): boolean {
    return this.#restarted.has(server);
  }

  /** @throws ServerError where a restored one does not answer */
  change(server: string, becomes: ServerChange): Promise<void> {
    const before = this.#last.get(server) ?? Promise.resolve();
    const changing = before.then(() => this.#change(server, becomes));
    this.#last.set(
      server,
      changing.catch(() => {}),
    );
    return changing;
  }

  async #change(server: string, becomes: ServerChange): Promise<void> {
    const { fabric, network, pids, containerOf } = this.#parts;
    const plan = this.#plan(server);
    if (becomes === "restored") {
      if (this.#lost.get(server) === "killed") {
        containerOf(server).line.sendText("start");
        this.#restarted.add(server);
      }
      await this.#setOpen(server);
      await proveBack(plan, network, this.#context);
      this.#lost.delete(server);
      return;
    }
    this.#lost.set(server, becomes);
    if (becomes !== "killed") return this.#setWire(server, becomes);
    containerOf(server).line.sendText("kill");
    // A dead server that was drained before refuses those whom it did not answer.
    await this.#setOpen(server);
    await nobodyListens(fabric, pids[server] ?? 0, portsOf(plan));
  }

  #setOpen(server: string): Promise<void> {
    return this.#setWire(server, this.#willBeDrained.has(server) ? "tracked" : "open");
  }

  #setWire(server: string, state: WireState): Promise<void> {
    return setWireState({ server, ports: portsOf(this.#plan(server)) }, state, this.#parts);
  }

  #plan(server: string): TurnServerPlan {
    const plan = this.#parts.turnServers[server];
    if (!plan) throw new Error(`no server ${server}`);
    return plan;
  }
}

const portsOf = ({ listeners }: TurnServerPlan) => [...new Set(listeners.map(({ port }) => port))];
