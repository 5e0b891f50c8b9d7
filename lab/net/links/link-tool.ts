import type { EventOf } from "../../model/events.ts";
import type { Fabric } from "../fabric.ts";

/** What makes a wire's conditions: the kernel's netem, or the fabric's own program (docker/fabric/delay-line.c). */
export type LinkTool = EventOf<"link_measured">["tool"];

/** Says which tool to use, whatever the kernel has: to compare them, or to test the one that would not be taken. */
const CHOICE = "TURNLAB_LINK_TOOL";

/** netem was asked for, and the engine's kernel has none. */
export class NoNetemError extends Error {
  override readonly name = "NoNetemError";
}

/** The tool that the environment asks for; null where it leaves the choice to the lab. @throws where it is no tool */
export function chosenLinkTool(environment: NodeJS.ProcessEnv = process.env): LinkTool | null {
  const chosen = environment[CHOICE];
  if (!chosen) return null;
  if (chosen === "netem" || chosen === "delay-line") return chosen;
  throw new Error(`${CHOICE}: expected netem or delay-line, found "${chosen}"`);
}

/**
 * netem where the engine's kernel has it, found by trying it on the fabric's own loopback; else the delay line.
 * @throws NoNetemError where netem was asked for and is not there
 */
export async function findLinkTool(fabric: Pick<Fabric, "exec">): Promise<LinkTool> {
  const chosen = chosenLinkTool();
  if (chosen === "delay-line") return chosen;
  const script = "tc qdisc add dev lo root netem delay 1ms && tc qdisc del dev lo root";
  try {
    await fabric.exec(["sh", "-c", script]);
    return "netem";
  } catch (error) {
    if (chosen === null) return "delay-line";
    const reason = error instanceof Error ? error.message : String(error);
    throw new NoNetemError(`${CHOICE}=netem, but the engine's kernel has no netem: ${reason}`, { cause: error });
  }
}
