/** For tests only. */
import { setTimeout as sleep } from "node:timers/promises";
import { LABEL } from "../lab/runtime/container-events.ts";
import type { Engine } from "../lab/runtime/engine.ts";
import { CAPTURE_NODE } from "./host-capture.ts";

const POLL_MS = 200;

export type ContainerWatch = { stop(): Promise<{ seen: number; reachable: string[] }> };

/** Looks at every container of a lab while it lives: which had any network of the engine's, or a published port. */
export function watchContainers({ docker }: Engine): ContainerWatch {
  const seen = new Set<string>();
  const reachable = new Set<string>();
  const stopped = new AbortController();
  const watching = (async () => {
    const filters = JSON.stringify({ label: [LABEL.run] });
    for (let isLast = false; ; isLast = stopped.signal.aborted) {
      for (const { Id, Labels, HostConfig, NetworkSettings, Ports } of await docker.listContainers({
        all: true,
        filters,
      })) {
        if (Labels[LABEL.node] === CAPTURE_NODE) continue;
        seen.add(Id);
        const networks = [HostConfig.NetworkMode, ...Object.keys(NetworkSettings.Networks)];
        const faults = [
          ...networks.filter((network) => network !== "none").map((network) => `is on the network ${network}`),
          ...Ports.map(({ PrivatePort, PublicPort }) => `publishes port ${PrivatePort} as ${PublicPort}`),
        ];
        for (const fault of faults) reachable.add(`${Labels[LABEL.scenario]}/${Labels[LABEL.node]} ${fault}`);
      }
      if (isLast) return;
      // Stopped: one look more, so that what is there now is seen in any case.
      await sleep(POLL_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      return { seen: seen.size, reachable: [...reachable] };
    },
  };
}
