import { DEFAULT_MTU, type LinkSpec, linkDirections } from "../../model/link.ts";
import type { Fabric } from "../fabric.ts";
import type { Wiring } from "../wiring.ts";
import { DelayLine, type LineCounters } from "./delay-line.ts";
import { mtuBatch } from "./link-mtu.ts";
import type { LinkTool } from "./link-tool.ts";
import { type LinkMeasurement, measureLink } from "./measure-link.ts";
import { netemCommands } from "./netem.ts";
import { isBlackHole, type LinkPlan } from "./plan-links.ts";

type Parts = {
  fabric: Fabric;
  wiring: Wiring;
  pids: Record<string, number>;
  plans: readonly LinkPlan[];
  /** For wires that netem can make. */
  tool: LinkTool;
  /** Told when a delay line ends by itself: its wire is dead then. */
  onBroken: (reason: string) => void;
};

type StartedLink = { plan: LinkPlan; tool: LinkTool; line: DelayLine | null; spec: LinkSpec; mtu: number };

/** netem drops nothing for being too long: a black hole is the delay line's in any case. */
export const toolOf = (plan: LinkPlan, tool: LinkTool): LinkTool => (plan.isBlackHole ? "delay-line" : tool);

/** The wires whose conditions can be set. All are bare until `set` is called. */
export class StartedLinks {
  readonly #parts: Parts;
  readonly #links: Map<string, StartedLink>;

  private constructor(parts: Parts, links: StartedLink[]) {
    this.#parts = parts;
    this.#links = new Map(links.map((link) => [link.plan.node, link]));
  }

  /** Starts the delay lines of wires that were plugged for one. @throws NoRawSocketsError where the machine has none */
  static async start(parts: Parts): Promise<StartedLinks> {
    const links = parts.plans.map(async (plan): Promise<StartedLink> => {
      const tool = toolOf(plan, parts.tool);
      const bare = { plan, tool, spec: {}, mtu: DEFAULT_MTU };
      if (tool === "netem") return { ...bare, line: null };
      const name = `delay-line-${plan.node}`;
      const { port, line } = devicesOf(plan, parts);
      const process = await parts.fabric.spawn(name, ["delay-line", port, line]);
      return { ...bare, line: await DelayLine.start(process, plan.node, parts.onBroken) };
    });
    return new StartedLinks(parts, await Promise.all(links));
  }

  /** Nodes whose wires have conditions from the start. */
  get conditioned(): LinkPlan[] {
    return this.#parts.plans.filter(({ spec }) => Object.keys(spec).length > 0);
  }

  /** The largest packet that a node's wire passes now; what is larger is refused, or vanishes. */
  mtuOf(node: string): number {
    return this.#links.get(node)?.spec.mtu ?? DEFAULT_MTU;
  }

  toolOf(node: string): LinkTool {
    return this.#link(node).tool;
  }

  /** Gives a wire conditions in place of those it had; what is under way keeps its time. */
  async set(node: string, spec: LinkSpec): Promise<void> {
    const link = this.#link(node);
    const vanishing = isBlackHole(spec) ? (spec.mtu ?? null) : null;
    const directions = linkDirections(spec);
    await this.#setMtu(link, vanishing === null ? (spec.mtu ?? DEFAULT_MTU) : DEFAULT_MTU);
    if (link.line) await link.line.set(directions, vanishing);
    else {
      const { fabric } = this.#parts;
      const { plan } = link;
      const tc = (commands: string[][], netns?: number) =>
        fabric.exec(["tc", "-batch", "-"], {
          stdin: `${commands.map((command) => command.join(" ")).join("\n")}\n`,
          ...(netns === undefined ? {} : { netns }),
        });
      // A qdisc shapes what leaves a device: the node's own upwards, the port that faces it downwards.
      await Promise.all([
        tc(netemCommands(plan.interface, directions.up), this.#pidOf(node)),
        tc(netemCommands(devicesOf(plan, this.#parts).port, directions.down)),
      ]);
    }
    link.spec = spec;
  }

  /** Sets every wire's conditions as they are from the start. */
  async setAll(): Promise<void> {
    await Promise.all(this.conditioned.map(({ node, spec }) => this.set(node, spec)));
  }

  /** Makes every wire bare again. */
  async clear(): Promise<void> {
    await Promise.all([...this.#links.keys()].map((node) => this.set(node, {})));
  }

  /** Both directions of one wire, asked against got. */
  measure(node: string): Promise<LinkMeasurement[]> {
    const { plan, spec } = this.#link(node);
    return measureLink(this.#parts.fabric, plan, spec, (name) => this.#pidOf(name));
  }

  /** What the delay lines did, by node; wires that netem makes are not among them. */
  async counters(): Promise<Record<string, Record<"up" | "down", LineCounters>>> {
    const entries = [...this.#links.values()].flatMap(({ plan, line }) =>
      line ? [line.counters().then((counters) => [plan.node, counters] as const)] : [],
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async #setMtu(link: StartedLink, mtu: number): Promise<void> {
    if (link.mtu === mtu) return;
    const { near, far } = mtuBatch(link.plan, mtu);
    const ip = (stdin: string, node: string) =>
      this.#parts.fabric.exec(["ip", "-batch", "-"], { stdin, netns: this.#pidOf(node) });
    await Promise.all([ip(near, link.plan.node), ip(far, link.plan.far.node)]);
    link.mtu = mtu;
  }

  #link(node: string): StartedLink {
    const link = this.#links.get(node);
    if (!link) throw new Error(`the wire of ${node} was not planned to have conditions`);
    return link;
  }

  #pidOf(node: string): number {
    return pidOf(this.#parts.pids, node);
  }
}

function devicesOf({ node, interface: name }: LinkPlan, { wiring, pids }: Pick<Parts, "wiring" | "pids">) {
  return wiring.devicesOf({ pid: pidOf(pids, node), interface: name });
}

function pidOf(pids: Record<string, number>, node: string): number {
  const pid = pids[node];
  if (pid === undefined) throw new Error(`no container for ${node}`);
  return pid;
}
