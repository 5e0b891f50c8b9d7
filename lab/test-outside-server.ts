/** For tests only: a coturn outside of every lab, on a wire to the network of the engine's machine. */
import type { LabContext } from "./lab-context.ts";
import { processOfEngine } from "./net/engine-network.ts";
import { Fabric } from "./net/fabric.ts";
import { sourceFiles, tarOf } from "./runtime/archive.ts";
import { LABEL } from "./runtime/container-events.ts";
import { startHeld } from "./runtime/held-container.ts";
import { HOLD_PATH } from "./runtime/hold.ts";
import { planTurnServers, turnArchive } from "./turn/turn-server.ts";

/** A private net of two hosts: the machine's end of the wire, and the server's. It is gone with the server. */
const MACHINE_ADDRESS = "10.99.77.1";
export const OUTSIDE_NET = "10.99.77.0/30";
export const OUTSIDE_ADDRESS = "10.99.77.2";
export const OUTSIDE_NAME = "turn.outside.test";
const DEVICE = "turnlab-out";

type OutsideNeeds = Pick<LabContext, "engine" | "images" | "hold" | "ca">;
const CREDENTIAL = { username: "alice", password: "open-sesame" };

export type TestOutsideServer = AsyncDisposable & {
  credential: typeof CREDENTIAL;
  /** Runs a program in the network of the engine's machine. */
  onMachine(...argv: string[]): Promise<string>;
};

export async function startOutsideServer({ engine, images, hold, ca }: OutsideNeeds): Promise<TestOutsideServer> {
  const places = { nodes: { outside: { interfaces: [{ address: OUTSIDE_ADDRESS }] } } };
  const { outside: plan } = planTurnServers({ outside: { hostname: OUTSIDE_NAME } }, places, CREDENTIAL);
  if (!plan) throw new Error("no plan for the server");
  const labels = (node: string) => ({ [LABEL.run]: `outside-${process.pid}`, [LABEL.node]: node });
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    await startHeld(engine.docker, {
      image: images.coturn ?? "",
      name: "outside",
      labels: labels("outside"),
      entrypoint: [HOLD_PATH],
      command: plan.program.command,
      archives: [hold, await turnArchive(plan, ca)],
    }),
  );
  const agents = {
    archives: [await tarOf(sourceFiles(["lab/model", "lab/stun", "lab/probe", "lab/net/agent"]))],
    fabric: true,
  };
  const wirer = { image: images.fabric ?? "", name: "wirer", labels: labels("wirer"), ...agents };
  const fabric = stack.use(new Fabric(await startHeld(engine.docker, wirer)));
  await fabric.ready;
  const machine = await processOfEngine(fabric);
  const batch = (stdin: string, netns: number) => fabric.exec(["ip", "-batch", "-"], { stdin, netns });
  await batch(
    `link add ${DEVICE} type veth peer name eth0 netns ${server.pid}
addr add ${MACHINE_ADDRESS}/30 dev ${DEVICE}
link set ${DEVICE} up
`,
    machine,
  );
  // What is for anybody else vanishes, as on the internet: an error would make coturn 4.6.1 close the allocation.
  await batch(
    `link set lo up
addr add ${OUTSIDE_ADDRESS}/30 dev eth0
link set eth0 up
link add nowhere type veth peer name hole
link set hole up
link set nowhere arp off up
route add default dev nowhere
`,
    server.pid,
  );
  server.line.sendText("start");
  const kept = stack.move();
  return {
    credential: CREDENTIAL,
    onMachine: (...argv) => fabric.exec(argv, { netns: machine }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
