import type { DropFacts, WireFacts } from "./lab-facts.ts";
import type { StartedLab } from "./lab-up.ts";

/** What wires and routers have not let pass since the load began. */
export type CountedWires = { wireOf: WireFacts; dropsOf: DropFacts };

/** Packets too large for a wire that swallows them, by node. */
type TooBig = Record<string, number>;

/** Counts what wires and routers do not let pass, from before a load on. */
export class WatchedWires {
  readonly #lab: Pick<StartedLab, "links">;
  readonly #before: TooBig;

  private constructor(lab: Pick<StartedLab, "links">, before: TooBig) {
    this.#lab = lab;
    this.#before = before;
  }

  static async start(lab: Pick<StartedLab, "links">, _routers: readonly string[]): Promise<WatchedWires> {
    return new WatchedWires(lab, await tooBigOf(lab));
  }

  /** As of now. What cannot be counted any more, because the lab is going, counts as nothing. */
  async count(): Promise<CountedWires> {
    const { links } = this.#lab;
    const now = await tooBigOf(this.#lab).catch((): TooBig => ({}));
    return {
      wireOf: (node) => ({ mtu: links.mtuOf(node), tooBig: Math.max(0, (now[node] ?? 0) - (this.#before[node] ?? 0)) }),
      dropsOf: () => undefined,
    };
  }
}

async function tooBigOf({ links }: Pick<StartedLab, "links">): Promise<TooBig> {
  const counters = await links.counters();
  return Object.fromEntries(
    Object.entries(counters).map(([node, { up, down }]) => [node, up.tooLong + down.tooLong] as const),
  );
}
