import type { AddressPlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import type { StartedNetwork } from "./network.ts";
import { forgetState } from "./rules/forget-state.ts";

type Parts = {
  fabric: Fabric;
  network: Pick<StartedNetwork, "wiring" | "proxies">;
  plan: AddressPlan;
  pids: Record<string, number>;
};

/**
 * A router loses its NAT state, as at a reboot or when its line is dialled anew, and its proxy the tunnels through it;
 * before that it is dead for `downMs`, or until `stop`. Dead: its wires have no carrier, nothing passes and nothing answers.
 */
export async function rebootRouter(
  router: string,
  { fabric, network, plan, pids }: Parts,
  downMs: number,
  stop: AbortSignal,
): Promise<void> {
  const pid = pids[router];
  const interfaces = plan.nodes[router]?.interfaces;
  if (pid === undefined || !interfaces) throw new Error(`no router ${router}`);
  const ports = interfaces.map(({ name }) => network.wiring.devicesOf({ pid, interface: name }).port);
  const setPorts = (state: "up" | "down") =>
    fabric.exec(["ip", "-batch", "-"], { stdin: ports.map((port) => `link set ${port} ${state}\n`).join("") });
  if (downMs > 0) {
    await setPorts("down");
    await pause(downMs, stop);
  }
  try {
    await forgetState(fabric, pid);
    await network.proxies.restart(router);
  } finally {
    if (downMs > 0) await setPorts("up");
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener("abort", done);
  });
}
