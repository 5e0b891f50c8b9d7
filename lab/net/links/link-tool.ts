import type { EventOf } from "../../model/events.ts";
import type { Fabric } from "../fabric.ts";

/** What makes a wire's conditions: the kernel's netem, or the fabric's own program (docker/fabric/delay-line.c). */
export type LinkTool = EventOf<"link_measured">["tool"];

/** Says which tool to use, whatever the kernel has: to compare them, or to test the one that would not be taken. */
const CHOICE = "TURNLAB_LINK_TOOL";

/** netem where the engine's kernel has it, found by trying it on the fabric's own loopback; else the delay line. */
export async function findLinkTool(fabric: Fabric): Promise<LinkTool> {
  const chosen = process.env[CHOICE];
  if (chosen === "netem" || chosen === "delay-line") return chosen;
  if (chosen) throw new Error(`${CHOICE}: expected netem or delay-line, found ${chosen}`);
  const script = "tc qdisc add dev lo root netem delay 1ms && tc qdisc del dev lo root";
  return fabric.exec(["sh", "-c", script]).then(
    () => "netem",
    () => "delay-line",
  );
}
