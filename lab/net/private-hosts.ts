import { isIPv6 } from "node:net";
import type { AddressPlan, NodePlan } from "./address-plan.ts";
import type { PeerListenerOperations } from "./agent/probe-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { JsonProcess } from "./json-process.ts";
import { AGENT_FOLDER } from "./network.ts";
import { listeningPorts } from "./nobody-listens.ts";
import { addAddress, type Wiring } from "./wiring.ts";

const INTERFACE = "eth0";
/** How long a process that was killed may take until the kernel says so, on a busy machine. */
const GONE_WITHIN_MS = 5_000;

type Listener = { process: JsonProcess<PeerListenerOperations>; ended: Promise<void> };

export type PrivateHostsInput = {
  fabric: Fabric;
  plan: AddressPlan;
  pids: Readonly<Record<string, number>>;
  wiring: Wiring;
  /** A server of the lab. */
  server: string;
  /** Who shall be there, of either family: unicast, and not loopback. */
  addresses: readonly string[];
  /** Ports that are the server's own. */
  taken: (port: number) => boolean;
};

/**
 * What a TURN server could reach from where it stands, and nobody outside may: hosts on its own segment, with all those
 * addresses, and one on its own loopback. They listen, so that what a relay was made to send is proven by having come. The
 * server's namespace gets a route to each that is not on its LAN, and neither device nor address: a coturn that is up sees
 * nothing of it. Gone without a trace when disposed of.
 */
export class PrivateHosts implements AsyncDisposable {
  readonly port: number;
  /** Of the addresses asked for, those that somebody has. */
  readonly addresses: ReadonlySet<string>;
  static #opened = 0;
  readonly #input: PrivateHostsInput;
  readonly #listeners: readonly Listener[];
  readonly #routes: readonly string[];

  private constructor(
    input: PrivateHostsInput,
    parts: { port: number; addresses: ReadonlySet<string>; listeners: readonly Listener[]; routes: readonly string[] },
  ) {
    this.#input = input;
    this.port = parts.port;
    this.addresses = parts.addresses;
    this.#listeners = parts.listeners;
    this.#routes = parts.routes;
  }

  static async open(input: PrivateHostsInput): Promise<PrivateHosts> {
    const { fabric, plan, wiring, server } = input;
    const [own] = plan.nodes[server]?.interfaces ?? [];
    const netns = input.pids[server];
    if (!own || netns === undefined) throw new Error(`${server} has no namespace of the lab`);
    PrivateHosts.#opened += 1;
    const number = PrivateHosts.#opened;
    const argv = ["node", `${AGENT_FOLDER}/peer-listener.js`];
    const start = async (name: string, where: { netns: number } | { ownNetns: true }): Promise<Listener> => {
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      return { process: new JsonProcess(name, await fabric.spawn(name, argv, where), () => resolve()), ended };
    };
    const [sockets, hosts, loopback] = await Promise.all([
      fabric.exec(["ss", "-Hltun"], { netns }),
      start(`private-hosts-${number}`, { ownNetns: true }),
      start(`loopback-${number}`, { netns }),
    ]);
    const busy = new Set(listeningPorts(sockets));
    const port = freePort((candidate) => busy.has(candidate) || input.taken(candidate));
    const wanted = [...new Set(input.addresses)].filter((address) => !isTaken(address, own.segment, plan));
    const wire = wiring.plug([{ segment: own.segment, pid: hosts.process.pid, interface: INTERFACE }]);
    await fabric.exec(["ip", "-batch", "-"], { stdin: wire });
    const families = [own.address, ...(own.ipv6 ? [own.ipv6.address] : [])];
    // One that the kernel does not take is one that nobody has: what stands is read back.
    await fabric.exec(["sh", "-c", "ip -force -batch - 2>/dev/null; true"], {
      stdin: hostAddressing(wanted, families),
      netns: hosts.process.pid,
    });
    const listed = await fabric.exec(["ip", "-oneline", "address", "show", "dev", INTERFACE], {
      netns: hosts.process.pid,
    });
    const standing = addressesIn(listed);
    const addresses = new Set(wanted.filter((address) => standing.has(canonical(address))));
    const routes = [...addresses].filter((address) => !isOnLan(address, own)).map(hostRoute);
    const add = routes.map((route) => `route add ${route} dev ${own.name}\n`).join("");
    const opened = new PrivateHosts(input, { port, addresses, listeners: [hosts, loopback], routes });
    try {
      await fabric.exec(["ip", "-batch", "-"], { stdin: add, netns });
      await Promise.all([hosts, loopback].map(({ process }) => process.ask("listen", { port })));
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
    return opened;
  }

  /** Texts that have come until now, at any of them. */
  async received(): Promise<ReadonlySet<string>> {
    const heard = await Promise.all(this.#listeners.map(({ process }) => process.ask("received", {})));
    return new Set(heard.flatMap(({ texts }) => texts));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { fabric, plan, pids, wiring, server } = this.#input;
    const netns = pids[server];
    const [own] = plan.nodes[server]?.interfaces ?? [];
    const [hosts] = this.#listeners;
    await Promise.all(this.#listeners.map(({ process }) => process.kill()));
    // The wire first: the kernel takes its time to end a namespace whose last process has gone.
    const { port } = wiring.devicesOf({ pid: hosts?.process.pid ?? 0, interface: INTERFACE });
    await fabric.exec(["ip", "link", "delete", port]).catch(() => {});
    const remove = this.#routes.map((route) => `route del ${route}\n`);
    const forget = [...this.addresses].map((address) => `neighbour del ${address}\n`);
    // Not as a batch: `ip` ends at the first neighbour that nobody asked for.
    const each = `while read -r line; do ip $line dev ${own?.name} 2>/dev/null; done; true`;
    await fabric.exec(["sh", "-c", each], { stdin: [...remove, ...forget].join(""), netns });
    const late = AbortSignal.timeout(GONE_WITHIN_MS);
    await Promise.race([
      Promise.all(this.#listeners.map(({ ended }) => ended)),
      new Promise((resolve) => late.addEventListener("abort", resolve)),
    ]);
  }
}

/** `ip -batch` text: all those addresses on one interface, and the way back to the server. Pure. */
export function hostAddressing(addresses: readonly string[], server: readonly string[]): string {
  return [
    "link set lo up",
    `link set ${INTERFACE} up`,
    ...addresses.map((address) => addAddress(address, isIPv6(address) ? 128 : 32, INTERFACE)),
    ...server.map((address) => `route add ${hostRoute(address)} dev ${INTERFACE}`),
    "",
  ].join("\n");
}

const hostRoute = (address: string) => `${address}/${isIPv6(address) ? 128 : 32}`;

/** Above what services have and below what kernels and relays hand out by themselves. */
function freePort(isBusy: (port: number) => boolean): number {
  for (let port = 20_009; port < 32_768; port += 1) if (!isBusy(port)) return port;
  throw new Error("no port is free in the server's namespace");
}

/** Somebody whom the server can reach has it already: on its own segment, or on the internet. Others' LANs it cannot see. */
export function isTaken(address: string, segment: string, { nodes, coreLines, reflectors }: AddressPlan): boolean {
  const neighbours = Object.values(nodes).flatMap(({ interfaces }) =>
    interfaces
      .filter((one) => one.segment === segment)
      .flatMap((one) => [one.address, ...(one.extra ?? []), ...(one.ipv6 ? [one.ipv6.address] : [])]),
  );
  const others = [...coreLines, ...Object.values(reflectors)].flatMap(({ addresses }) => addresses);
  return [...neighbours, ...others].some((one) => canonical(one) === canonical(address));
}

/** Neighbours need no route. IPv4 alone: a server's IPv6 address stands alone on its line. */
export function isOnLan(address: string, { address: own, prefix }: NodePlan["interfaces"][number]): boolean {
  if (isIPv6(address) || isIPv6(own)) return false;
  const mask = prefix === 0 ? 0 : (~0 << (32 - prefix)) >>> 0;
  return (numberOf(address) & mask) >>> 0 === (numberOf(own) & mask) >>> 0;
}

const numberOf = (address: string) => address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** Out of `ip -oneline address`: index, device, family, address and prefix. */
export function addressesIn(listed: string): Set<string> {
  return new Set([...listed.matchAll(/\binet6? ([0-9a-f:.]+)/g)].map(([, address = ""]) => canonical(address)));
}

/** The one text of an IPv6 address (RFC 5952). */
function canonical(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}
