import type { LabContext } from "./lab-context.ts";
import { LabError, UnavailableError } from "./lab-error.ts";
import type { Fabric } from "./net/fabric.ts";
import { NoUplinkError, type StartedUplink, startUplink } from "./net/uplink.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

const COUNT_INTERVAL_MS = 1_000;
/** A fabric that is gone answers at once, and one that hangs must not keep a lab from going down. */
const LAST_COUNT_WITHIN_MS = 1_000;

/** The ways out of one lab: none, but where a server is deployed outside. */
export type LabUplinks = {
  /** Of each inner end, by the server's name: what others have a container for. */
  pids: Record<string, number>;
  /** Counts for the last time; the processes end with the fabric. */
  close(): Promise<void>;
};

/**
 * Opens the uplink of every server that is outside of the lab, and logs what goes through it, also where the harness is killed
 * later. Without such a server nothing is started.
 */
export async function openUplinks(
  scenario: string,
  servers: readonly TurnServerPlan[],
  { fabric, onBroken }: { fabric: Fabric; onBroken: (error: Error) => void },
  { emit }: Pick<LabContext, "emit">,
): Promise<LabUplinks> {
  const uplinks = await Promise.all(
    servers.flatMap(({ name, address, outside }) =>
      outside ? [open(fabric, { name, address, outside }, (reason) => onBroken(new LabError(reason)))] : [],
    ),
  );
  for (const { name, outside, address, uplink } of uplinks) {
    const { host, address: outer } = outside;
    const where = { server: name, host, address: outer, labAddress: address, ports: uplink.ports };
    emit({ type: "uplink_opened", at: Date.now(), scenario, ...where });
  }
  const logged = new Map<string, string>();
  const count = async () => {
    for (const { name, uplink } of uplinks) {
      const { ports, lastError } = await uplink.count();
      const text = JSON.stringify([ports, lastError]);
      if (logged.get(name) === text) continue;
      logged.set(name, text);
      emit({ type: "uplink_counted", at: Date.now(), scenario, server: name, ports, lastError });
    }
  };
  const timer = uplinks.length > 0 ? setInterval(() => void count().catch(() => {}), COUNT_INTERVAL_MS) : undefined;
  return {
    pids: Object.fromEntries(uplinks.map(({ name, uplink }) => [name, uplink.pid])),
    close: async () => {
      if (timer === undefined) return;
      clearInterval(timer);
      const late = new Promise((resolve) => setTimeout(resolve, LAST_COUNT_WITHIN_MS));
      await Promise.race([count().catch(() => {}), late]);
    },
  };
}

type Opened = Pick<TurnServerPlan, "name" | "address"> & Required<Pick<TurnServerPlan, "outside">>;

async function open(fabric: Fabric, server: Opened, onBroken: (reason: string) => void) {
  const uplink: StartedUplink = await startUplink(fabric, server, onBroken).catch((error: unknown) => {
    if (!(error instanceof NoUplinkError)) throw error;
    throw new UnavailableError(error.message, { cause: error });
  });
  return { ...server, uplink };
}
