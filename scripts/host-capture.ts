/** For tests only. */
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { LAB_BLOCKS } from "../lab/model/topology.ts";
import { AttachedLine } from "../lab/runtime/attached-line.ts";
import { LABEL } from "../lab/runtime/container-events.ts";
import type { Engine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { foreignNets } from "./foreign-nets.ts";

/** Everything a lab of the default suite sends from or to: its internet, its servers, its carriers, its homes. */
const LAB_NETS = [...LAB_BLOCKS, "34.77.0.0/16", "100.64.0.0/16", "192.168.1.0/24"];
const CONTROL_PORT = 40_404;
const END_OF_ROUTES = "end of routes";

/** Its life is its stdin, as every container's of the lab: it tells the routes, is told what to watch, and watches. */
const CAPTURE = `read -r -t 5 hello || exit 1
ip -4 route show table all
echo "${END_OF_ROUTES}"
read -r filter || exit 0
tcpdump -i any -n -l -q "$filter" &
cat > /dev/null
kill $!`;

/** The node label of the capture, which is the one container of a run that sees the machine's own network. */
export const CAPTURE_NODE = "host-capture";

export type HostCapture = {
  /** Nets of the lab that are not watched, because the machine has addresses or routes of its own in them. */
  leftOut: string[];
  stop(): Promise<{ lab: string[]; control: number }>;
};

/**
 * Listens on all of the machine's own interfaces, from a container in the host's network namespace, for packets of a
 * lab, and of the nets `beside` it; and proves that it hears, by a datagram over loopback.
 */
export async function startHostCapture(engine: Engine, beside: readonly string[] = []): Promise<HostCapture> {
  const { fabric } = await ensureImages(engine, ["fabric"], () => {});
  const container = await engine.docker.createContainer({
    Image: fabric,
    Labels: { [LABEL.run]: `${CAPTURE_NODE}-${process.pid}`, [LABEL.node]: CAPTURE_NODE },
    Entrypoint: ["bash", "-c", CAPTURE],
    Cmd: [],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    HostConfig: { NetworkMode: "host", AutoRemove: true, CapAdd: ["NET_RAW", "NET_ADMIN"] },
  });
  const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  const line = new AttachedLine(CAPTURE_NODE, stream);
  const output: string[] = [];
  line.onText((text) => output.push(text));
  await container.start();
  line.sendText("hello");
  await until(() => output.includes(END_OF_ROUTES), 10_000, output);
  const routes = output.splice(0).slice(0, -1);
  const leftOut = foreignNets(LAB_NETS, routes);
  const watched = [...LAB_NETS.filter((net) => !leftOut.includes(net)), ...beside];
  const nets = watched.map((net) => `net ${net}`);
  line.sendText([...nets, `udp port ${CONTROL_PORT}`].join(" or "));
  await until(() => output.some((text) => text.includes("listening on")), 10_000, output);
  return {
    leftOut,
    stop: async () => {
      await sendControl();
      await until(() => output.some(isControl), 5_000, output);
      const removed = container.wait({ condition: "removed" }).catch(() => {});
      line.close();
      await removed;
      const packets = output.filter((text) => / IP6? /.test(text));
      return { lab: packets.filter((text) => !isControl(text)), control: packets.filter(isControl).length };
    },
  };
}

const isControl = (text: string) => text.includes(`.${CONTROL_PORT}`);

async function sendControl(): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise((resolve) => socket.send("control", CONTROL_PORT, "127.0.0.1", resolve));
  socket.close();
}

async function until(holds: () => boolean, withinMs: number, output: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  while (!holds()) {
    if (performance.now() - startedAt > withinMs) throw new Error(`the capture said only:\n${output.join("\n")}`);
    await sleep(20);
  }
}
