import type { AddressPlan } from "./address-plan.ts";
import type { Fabric, FabricProcess } from "./fabric.ts";
import type { Wiring } from "./wiring.ts";

/** How much is kept of a wire: the last `wireMegabytes` (10^6 bytes), of each packet the first `snapBytes`. */
export type CaptureBounds = { snapBytes: number; wireMegabytes: number };

/** Where captures are written, in the fabric's container. */
export const CAPTURE_FOLDER = "/tmp/captures";

/** A wire is half of a ring of this many files, so that the last of it is there at any time. */
const FILES = 2;
const LISTENING = /listening on /;
const START_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 5_000;
/** libpcap is handed packets by the block, a full one or after a second, and at its end leaves what is in the last one. */
const BLOCK_MS = 1_100;
/** tcpdump's own words at its end. */
const DROPPED = /(\d+) packets? dropped by kernel/;

export type CapturedWire = { node: string; wire: string };
type Capture = CapturedWire & {
  process: FabricProcess;
  listening: Promise<void>;
  ended: Promise<void>;
  text: () => string;
};

type Parts = { fabric: Fabric; wiring: Wiring; plan: AddressPlan; pids: Readonly<Record<string, number>> };

/**
 * tcpdump on the fabric's end of each node's wires, where what the node sends and hears has passed the wire's conditions. One
 * process for each: they cost what their packets cost, and one for all of them would have to tell the wires apart again.
 */
export class StartedCapture {
  readonly #fabric: Fabric;
  readonly #captures: readonly Capture[];

  private constructor(fabric: Fabric, captures: readonly Capture[]) {
    this.#fabric = fabric;
    this.#captures = captures;
  }

  /** Resolves when every wire is listened to. */
  static async start({ fabric, wiring, plan, pids }: Parts, bounds: CaptureBounds): Promise<StartedCapture> {
    await fabric.exec(["mkdir", "-p", CAPTURE_FOLDER]);
    const wires = Object.values(plan.nodes).flatMap(({ name: node, interfaces }) => {
      const pid = pids[node];
      if (pid === undefined) return [];
      return interfaces.map(({ name }) => ({
        node,
        wire: name,
        device: wiring.devicesOf({ pid, interface: name }).port,
      }));
    });
    const captures = await Promise.all(wires.map((wire) => listen(fabric, wire, bounds)));
    await Promise.all(captures.map(({ listening }) => listening));
    return new StartedCapture(fabric, captures);
  }

  get wires(): readonly CapturedWire[] {
    return this.#captures;
  }

  /** Ends it, a second later; what was seen is in the files then. By wire: how many packets the kernel could not hand over. */
  async stop(): Promise<Map<string, number>> {
    await pause(BLOCK_MS);
    const pids = this.#captures.map(({ process }) => String(process.pid));
    if (pids.length > 0) await this.#fabric.exec(["sh", "-c", 'kill -INT "$@" || true', "sh", ...pids]);
    const ended = Promise.all(this.#captures.map((capture) => capture.ended));
    await Promise.race([ended, pause(STOP_TIMEOUT_MS)]);
    return new Map(
      this.#captures.map((capture) => [wireName(capture), Number(DROPPED.exec(capture.text())?.[1] ?? 0)]),
    );
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

export const wireName = ({ node, wire }: CapturedWire) => `${node}.${wire}`;

async function listen(
  fabric: Fabric,
  { node, wire, device }: CapturedWire & { device: string },
  { snapBytes, wireMegabytes }: CaptureBounds,
): Promise<Capture> {
  const file = `${CAPTURE_FOLDER}/${wireName({ node, wire })}.`;
  const bounds = ["-s", `${snapBytes}`, "-C", `${Math.ceil(wireMegabytes / FILES)}`, "-W", `${FILES}`];
  // The port of a bridge sees every frame as it is; and nobody but root is in the container.
  const argv = ["tcpdump", "-i", device, "-n", "-p", "-Z", "root", ...bounds, "-w", file];
  const program = ["sh", "-c", 'exec "$@" 2>&1', "sh", ...argv];
  const process = await fabric.spawn(`capture ${wireName({ node, wire })}`, program);
  let text = "";
  const { promise: ended, resolve: onEnded } = Promise.withResolvers<void>();
  const listening = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`tcpdump did not listen: ${text}`)), START_TIMEOUT_MS);
    process.onLine((line) => {
      text = `${text}${line}\n`.slice(-1_000);
      if (LISTENING.test(line)) resolve();
    });
    process.onEnd(() => {
      clearTimeout(late);
      onEnded();
      reject(new Error(`tcpdump ended: ${text.trim()}`));
    });
    void ended.finally(() => clearTimeout(late));
  });
  listening.catch(() => {});
  return { node, wire, process, listening, ended, text: () => text };
}
