import { queueMsOf } from "../model/link.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import type { Wiring } from "./wiring.ts";

/** A token bucket takes no frame that is longer than its burst (tc-tbf(8)); a millisecond's worth lets its timer be late. */
const MIN_BURST_BYTES = 3_200;
const BURST_MS = 1;

/** Of one wire since its rate was set: what did not fit into the queue, by direction. `up`: what the node sends. */
export type NicDrops = Record<"up" | "down", number>;

/** Arguments of `tc` that give a device's egress a rate, in bits of Ethernet frame, with a queue before it. Pure. */
export function nicRateCommand(device: string, bitsPerSecond: number): string[] {
  const queueMs = queueMsOf({ rateKbps: bitsPerSecond / 1_000 });
  const burst = Math.max(MIN_BURST_BYTES, Math.ceil((bitsPerSecond * BURST_MS) / 8_000));
  const rate = ["rate", `${Math.round(bitsPerSecond)}bit`, "burst", String(burst), "latency", `${queueMs}ms`];
  return ["tc", "qdisc", "replace", "dev", device, "root", "tbf", ...rate];
}

/** Packets that a device's qdisc has dropped, of what `tc -s qdisc show` prints: ` Sent … (dropped 12, overlimits …)`. */
export function droppedOf(text: string): number {
  const [, dropped] = /^qdisc tbf .*\n.*\(dropped (\d+),/m.exec(text) ?? [];
  if (dropped === undefined) throw new Error(`tc tells of no token bucket: ${text.trim()}`);
  return Number(dropped);
}

type Parts = { fabric: Fabric; wiring: Wiring; plan: AddressPlan; pids: Record<string, number> };
type Place = { device: string; netns?: number };

/**
 * Servers' network cards, where a machine's is slower than the lab's wires: the kernel's token bucket at either end of the wire,
 * which takes no CPU worth counting, and any rate.
 */
export class NicRates {
  readonly #parts: Parts;
  readonly #rates: Readonly<Record<string, number>>;

  private constructor(parts: Parts, rates: Readonly<Record<string, number>>) {
    this.#parts = parts;
    this.#rates = rates;
  }

  static async set(parts: Parts, rates: Readonly<Record<string, number>>): Promise<NicRates> {
    const nics = new NicRates(parts, rates);
    await Promise.all(
      Object.entries(rates).flatMap(([node, rate]) =>
        Object.values(nics.#ends(node)).map(({ device, ...where }) =>
          parts.fabric.exec(nicRateCommand(device, rate), where),
        ),
      ),
    );
    return nics;
  }

  /** Null: its wire has no rate of this kind. */
  async drops(node: string): Promise<NicDrops | null> {
    if (!(node in this.#rates)) return null;
    const { up, down } = this.#ends(node);
    const read = async ({ device, ...where }: Place) =>
      droppedOf(await this.#parts.fabric.exec(["tc", "-s", "qdisc", "show", "dev", device], where));
    return { up: await read(up), down: await read(down) };
  }

  /** A qdisc shapes what leaves a device: the node's own upwards, the port that faces it downwards. */
  #ends(node: string): Record<"up" | "down", Place> {
    const { wiring, plan, pids } = this.#parts;
    const [outside] = plan.nodes[node]?.interfaces ?? [];
    const pid = pids[node];
    if (!outside || pid === undefined) throw new Error(`${node} has no wire`);
    const { port } = wiring.devicesOf({ pid, interface: outside.name });
    return { up: { device: outside.name, netns: pid }, down: { device: port } };
  }
}
