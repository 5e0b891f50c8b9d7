import type { DropFacts, WireFacts } from "./lab-facts.ts";
import type { StartedLab } from "./lab-up.ts";
import { countedBetween, droppedByKind, type RouterCounters } from "./model/router-counters.ts";
import { readRouterCounters } from "./net/router-counters.ts";

/** What wires and routers have not let pass since the load began. */
export type CountedWires = { wireOf: WireFacts; dropsOf: DropFacts };

type Lab = Pick<StartedLab, "links" | "fabric" | "pids">;
type Counts = {
  /** Packets too large for a wire that swallows them, by node. */
  tooBig: Readonly<Record<string, number>>;
  routers: Readonly<Record<string, RouterCounters>>;
};

const NOTHING: Counts = { tooBig: {}, routers: {} };

/** Counts what wires and routers do not let pass, from before a load on. Reading a router takes some 20 ms. */
export class WatchedWires {
  readonly #lab: Lab;
  readonly #routers: readonly string[];
  readonly #before: Promise<Counts>;

  /** Counts at once, beside whatever comes before the load. */
  constructor(lab: Lab, routers: readonly string[]) {
    this.#lab = lab;
    this.#routers = routers;
    this.#before = countAll(lab, routers);
  }

  /** As of now; what cannot be counted, because the lab is going, counts as nothing. `routers`: of those alone. */
  async count(routers: readonly string[] = this.#routers): Promise<CountedWires> {
    const { links } = this.#lab;
    const [before, now] = await Promise.all([this.#before, countAll(this.#lab, routers)]);
    return {
      wireOf: (node) => ({
        mtu: links.mtuOf(node),
        tooBig: Math.max(0, (now.tooBig[node] ?? 0) - (before.tooBig[node] ?? 0)),
      }),
      dropsOf: (router) => {
        const [then, after] = [before.routers[router], now.routers[router]];
        if (!then || !after) return undefined;
        const counted = countedBetween(then, after);
        return { dropped: droppedByKind(counted), tooBig: counted.tooBig };
      },
    };
  }
}

async function countAll({ links, fabric, pids }: Lab, names: readonly string[]): Promise<Counts> {
  try {
    const [counters, routers] = await Promise.all([
      links.counters(),
      Promise.all(names.map(async (name) => [name, await readRouterCounters(fabric, pids[name] ?? 0)] as const)),
    ]);
    const tooBig = Object.entries(counters).map(([node, { up, down }]) => [node, up.tooLong + down.tooLong] as const);
    return { tooBig: Object.fromEntries(tooBig), routers: Object.fromEntries(routers) };
  } catch {
    return NOTHING;
  }
}
