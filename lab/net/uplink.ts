import { type OutsideServer, type UplinkPort, type UplinkTraffic, uplinkPorts } from "../model/outside-server.ts";
import type {
  UplinkInnerOperations,
  UplinkInnerSettings,
  UplinkOuterOperations,
  UplinkOuterSettings,
} from "./agent/uplink-protocol.ts";
import { processOfEngine } from "./engine-network.ts";
import type { Fabric } from "./fabric.ts";
import { JsonProcess } from "./json-process.ts";
import { AGENT_FOLDER } from "./network.ts";

/** The outer end could not enter the network of the engine's machine. */
export class NoUplinkError extends Error {
  override readonly name = "NoUplinkError";
}

/**
 * What leads from the lab's internet to one server outside of it, in user space. The inner end is a host of the lab that
 * stands for the server; the outer end is a process in the network of the engine's machine. They share a Unix socket and
 * nothing else: there is no wire, no route and no rule between the two networks.
 */
export type StartedUplink = {
  /** The inner end's, in whose namespace the server's line ends. */
  pid: number;
  ports: UplinkPort[];
  /** What has passed so far, and what the machine's network last said against it. */
  count(): Promise<{ ports: UplinkTraffic[]; open: number; lastError: string | null }>;
};

/** Starts both ends. Nothing passes before the inner end's line is plugged. @throws NoUplinkError */
export async function startUplink(
  fabric: Fabric,
  { name, outside }: { name: string; outside: OutsideServer },
  onBroken: (reason: string) => void,
): Promise<StartedUplink> {
  const ports = uplinkPorts(outside.listeners);
  const socket = `/run/uplink-${name}.sock`;
  const start = async (end: "inner" | "outer", settings: object, where: { netns?: number; ownNetns?: boolean }) => {
    const argv = ["node", `${AGENT_FOLDER}/uplink-${end}.js`, JSON.stringify(settings)];
    return fabric.spawn(`uplink-${end}-${name}`, argv, where);
  };
  const outerSettings: UplinkOuterSettings = { socket, address: outside.address, ports };
  const outerProcess = await start("outer", outerSettings, { netns: await processOfEngine(fabric) });
  const outer = new JsonProcess<UplinkOuterOperations>(`the uplink of ${name}`, outerProcess, onBroken);
  await outer.ask("ready", {}).catch((error: Error) => {
    throw new NoUplinkError(`the fabric cannot enter the network of the engine's machine: ${error.message}`);
  });
  const innerSettings: UplinkInnerSettings = { socket, ports };
  const innerProcess = await start("inner", innerSettings, { ownNetns: true });
  const inner = new JsonProcess<UplinkInnerOperations>(`the uplink of ${name}`, innerProcess, onBroken);
  await inner.ask("listening", {});
  await loadGate(fabric, inner.pid, ports);
  return { pid: inner.pid, ports, count: () => outer.ask("count", {}) };
}

/** What is for another port than the URLs' is dropped without a word, such as checks to relayed addresses. */
async function loadGate(fabric: Fabric, netns: number, ports: readonly UplinkPort[]): Promise<void> {
  const loading = "nft -f - && nft list table inet uplink";
  const listed = await fabric.exec(["sh", "-c", loading], { stdin: compileGate(ports), netns });
  if (!listed.includes("policy drop"))
    throw new Error(`uplink: nft loaded without an error, but does not list:\n${listed}`);
}

/** Pure. ICMP echo is for warming the line. */
export function compileGate(ports: readonly UplinkPort[]): string {
  return `table inet uplink {
  chain input {
    type filter hook input priority filter; policy drop;
    icmp type { echo-request, echo-reply } accept
${ports.map(({ protocol, port }) => `    ${protocol} dport ${port} accept`).join("\n")}
    counter drop
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
}
`;
}
