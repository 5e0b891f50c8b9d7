import type { Fabric } from "./fabric.ts";

/**
 * A process in the network of the engine itself: whoever started the fabric's container. Not process 1, whose namespaces a
 * machine may keep from everybody, and which with a rootless engine is in another network than the engine.
 */
export async function processOfEngine(fabric: Fabric): Promise<number> {
  const parent = Number(await fabric.exec(["ps", "-o", "ppid=", "-p", String(fabric.container.pid)]));
  if (!Number.isInteger(parent) || parent < 1) throw new Error("the fabric cannot tell who started it");
  return parent;
}
