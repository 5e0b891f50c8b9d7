import { createSocket } from "node:dgram";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";

/** Everything a lab sends from or to: its internet, its carriers, its homes. */
const LAB_NETS = ["81.2.0.0/16", "51.15.0.0/16", "34.77.0.0/16", "100.64.0.0/10", "192.168.1.0/24"];
const CONTROL_PORT = 40_404;

export type HostCapture = { stop(): Promise<{ lab: string[]; control: number }> };

/**
 * Listens on all of the machine's own interfaces, from a container in the host's network namespace, for packets of a
 * lab; and proves that it hears, by a datagram over loopback.
 */
export async function startHostCapture(engine: Engine): Promise<HostCapture> {
  const { fabric } = await ensureImages(engine, ["fabric"], () => {});
  const nets = LAB_NETS.map((net) => `net ${net}`).join(" or ");
  const container = await engine.docker.createContainer({
    Image: fabric,
    Entrypoint: ["tcpdump", "-i", "any", "-n", "-l", "-q", `${nets} or udp port ${CONTROL_PORT}`],
    Cmd: [],
    OpenStdin: true,
    HostConfig: { NetworkMode: "host", AutoRemove: true, CapAdd: ["NET_RAW", "NET_ADMIN"] },
  });
  const stream = (await container.attach({ stream: true, stdout: true, stderr: true, hijack: true })) as Duplex;
  let output = "";
  stream.on("data", (data: Buffer) => (output += data.toString("latin1")));
  await container.start();
  await until(() => output.includes("listening on"), 10_000);
  return {
    stop: async () => {
      await sendControl();
      await until(() => output.includes(String(CONTROL_PORT)), 5_000);
      const removed = container.wait({ condition: "removed" }).catch(() => {});
      await container.kill().catch(() => {});
      await removed;
      const packets = output.split("\n").filter((line) => / IP6? /.test(line));
      const [control, lab] = [packets.filter(isControl), packets.filter((line) => !isControl(line))];
      return { lab, control: control.length };
    },
  };
}

const isControl = (line: string) => line.includes(`.${CONTROL_PORT}`);

async function sendControl(): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise((resolve) => socket.send("control", CONTROL_PORT, "127.0.0.1", resolve));
  socket.close();
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const startedAt = performance.now();
  while (!holds() && performance.now() - startedAt < withinMs) await sleep(20);
}
