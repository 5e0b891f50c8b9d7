import type { Fabric } from "./fabric.ts";

/** How long the sockets of a process that was killed may stay, on a busy machine. */
const GONE_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 20;

/** Resolves when nothing listens at these ports in a namespace any more, whatever programs were there. */
export async function nobodyListens(fabric: Fabric, pid: number, ports: readonly number[]): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const sockets = await fabric.exec(["ss", "-Hltun"], { netns: pid });
    const open = listeningPorts(sockets).filter((port) => ports.includes(port));
    if (open.length === 0) return;
    if (performance.now() - startedAt > GONE_WITHIN_MS)
      throw new Error(`killed ${GONE_WITHIN_MS} ms ago, and still listens at ${[...new Set(open)].join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Local ports in the output of `ss -Hltun`: netid, state, two queues, local address and port, peer's. */
export function listeningPorts(output: string): number[] {
  return output.split("\n").flatMap((line) => {
    const port = /:(\d+)$/.exec(line.trim().split(/\s+/)[4] ?? "")?.[1];
    return port === undefined ? [] : [Number(port)];
  });
}
