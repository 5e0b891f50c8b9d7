import type { PortRule } from "../model/firewall.ts";
import type { RouterBehaviour } from "../model/observed-nat.ts";
import type { AddressFamily } from "../stun/transport-address.ts";
import { type AddressPlan, OBSERVER, type ReflectorPlace } from "./address-plan.ts";
import type { ObserverOperations } from "./agent/probe-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { buildIpv6 } from "./ipv6.ts";
import { OBSERVER_6 } from "./ipv6-plan.ts";
import { JsonProcess } from "./json-process.ts";
import { findLinkTool, type LinkTool } from "./links/link-tool.ts";
import type { LinkPlan } from "./links/plan-links.ts";
import { StartedLinks, toolOf } from "./links/started-links.ts";
import { NicRates } from "./nic-rates.ts";
import { reflectorPorts } from "./plan-probe.ts";
import { StartedProxies } from "./proxy.ts";
import { proveNames, startResolvers } from "./resolvers.ts";
import { compileRouter } from "./rules/compile-router.ts";
import { CORE_RULESET } from "./rules/core-ruleset.ts";
import { loadRuleset } from "./rules/load-ruleset.ts";
import { routerFacts } from "./rules/router-facts.ts";
import { loadServerFirewalls } from "./server-firewall.ts";
import { loadTtl } from "./server-ttl.ts";
import { addressing, type Wire, Wiring } from "./wiring.ts";

export const AGENT_FOLDER = "/turnlab/lab/net/agent";

/** A host on the lab's internet, or on the outside of a router that stands behind another. */
export type Observer = JsonProcess<ObserverOperations>;

export type NetworkInput = {
  fabric: Fabric;
  plan: AddressPlan;
  /** Behaviour of each router. */
  nats: Record<string, RouterBehaviour>;
  /** Init of each node, by name; core and hubs included. */
  pids: Record<string, number>;
  /** Names that resolve inside the lab, to addresses of either family. */
  hosts: Record<string, readonly string[]>;
  /** Nodes whose programs look names up. */
  peers: readonly string[];
  /** Wires whose conditions will be set. */
  links: readonly LinkPlan[];
  /** What comes in to each server that has a firewall in front of it. */
  serverFirewalls: Record<string, readonly PortRule[]>;
  /** IP TTL of the UDP datagrams of each server that has one of its own. */
  serverTtls: Record<string, number>;
  /** Bits per second, each way, of each server whose network card has a rate. */
  nicRates: Readonly<Record<string, number>>;
  /** Told when something the network needs ends by itself. */
  onBroken: (reason: string) => void;
};

/** A wired lab: bridges, addresses, rules, resolvers and the observer stand. */
export type StartedNetwork = {
  wiring: Wiring;
  /** Wires with conditions; bare until somebody sets them. */
  links: StartedLinks;
  nics: NicRates;
  proxies: StartedProxies;
  /** Hosts with two addresses, by name; `observer` is on the internet and is readiness probe and third party as well. */
  reflectors: Record<string, Observer>;
  observer: Observer;
  /** Where the reflectors answer. */
  reflectorPorts: number[];
  /** Who on the lab's internet reaches an address of that family. */
  observerOf(family: AddressFamily): Observer;
};

/**
 * Builds the network around started containers. What can run side by side does; the order that matters: wires,
 * addresses, then resolvers; rules do not wait for wires.
 */
export async function buildNetwork(input: NetworkInput): Promise<StartedNetwork> {
  const { fabric, plan, pids } = input;
  const wiring = new Wiring();
  const ports = reflectorPorts(Object.values(input.nats).map(({ firewall }) => firewall));
  const starting = later(Promise.all(Object.values(plan.reflectors).map((place) => startReflector(fabric, place))));
  const rules = later(Promise.all([loadRules(input), buildIpv6(input), loadFirewalls(input), loadTtls(input)]));
  const tool = input.links.length > 0 ? await findLinkTool(fabric) : "netem";
  await fabric.exec(["ip", "-batch", "-"], {
    stdin: wiring.bridges(plan.segments) + wiring.plug(nodeWires(input, tool)),
  });
  const [links] = await Promise.all([
    StartedLinks.start({ ...input, wiring, plans: input.links, tool }),
    ...Object.values(plan.nodes).map((node) => address(fabric, pids, node.name, addressing(node, plan))),
  ]);
  const [reflectors, proxies, nics] = await Promise.all([
    starting.then((started) =>
      Promise.all(started.map((one) => attachReflector(one, { fabric, wiring, plan, ports }))),
    ),
    StartedProxies.start(input),
    NicRates.set({ fabric, wiring, plan, pids }, input.nicRates),
    rules,
    startResolvers(input).then(() => proveNames(input)),
    warm(input),
  ]);
  const byName = Object.fromEntries(reflectors);
  const observer = byName[OBSERVER];
  if (!observer) throw new Error("the plan has no observer");
  const observerOf = (family: AddressFamily) => {
    const found = family === "ipv6" ? byName[OBSERVER_6] : observer;
    if (!found) throw new Error("this lab has no IPv6");
    return found;
  };
  return { wiring, links, nics, proxies, reflectors: byName, observer, reflectorPorts: ports, observerOf };
}

/** Something that is awaited only later: meanwhile its rejection has nobody, and Node would end the process for it. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The lines' far ends at the core and at hubs, and the wires of every node, in the order of the plan. */
function nodeWires({ plan, pids, links }: NetworkInput, tool: LinkTool): Wire[] {
  const toolOn = (node: string, name: string): Pick<Wire, "link"> => {
    const link = links.find((candidate) => candidate.node === node && candidate.interface === name);
    return link ? { link: toolOf(link, tool) } : {};
  };
  const core = plan.coreLines.map((line) => ({
    segment: line.segment,
    pid: pidOf(pids, line.owner),
    interface: line.interface,
  }));
  const nodes = Object.values(plan.nodes).flatMap(({ name, interfaces }) =>
    interfaces.map((planned) => ({
      segment: planned.segment,
      pid: pidOf(pids, name),
      interface: planned.name,
      ...toolOn(name, planned.name),
    })),
  );
  return [...core, ...nodes];
}

async function address(fabric: Fabric, pids: Record<string, number>, name: string, batch: string): Promise<void> {
  await fabric.exec(["ip", "-batch", "-"], { stdin: batch, netns: pidOf(pids, name) });
}

type Reflector = { plan: ReflectorPlace; process: Observer };

async function startReflector(fabric: Fabric, plan: ReflectorPlace): Promise<Reflector> {
  const argv = ["node", `${AGENT_FOLDER}/observer.js`];
  return { plan, process: new JsonProcess(plan.name, await fabric.spawn(plan.name, argv, { ownNetns: true })) };
}

async function attachReflector(
  { plan: { name, segment, addresses, prefix, gateway }, process }: Reflector,
  { fabric, wiring, plan, ports }: { fabric: Fabric; wiring: Wiring; plan: AddressPlan; ports: number[] },
): Promise<[string, Observer]> {
  const wire = wiring.plug([{ segment, pid: process.pid, interface: "eth0" }]);
  await fabric.exec(["ip", "-batch", "-"], { stdin: wire });
  const [address = "", ...extra] = addresses;
  const node = {
    name,
    interfaces: [{ name: "eth0", segment, address, prefix, extra }],
    gateway,
    gatewayOnLink: prefix === 32 || prefix === 128,
  };
  await fabric.exec(["ip", "-batch", "-"], { stdin: addressing(node, plan), netns: process.pid });
  await process.ask("reflect", { addresses: [address, extra[0] ?? ""], ports });
  return [name, process];
}

async function loadRules({ fabric, plan, nats, pids }: NetworkInput): Promise<void> {
  const routers = Object.entries(nats).map(([name, behaviour]) => {
    const facts = routerFacts(plan, name);
    return facts && loadRuleset(fabric, name, pidOf(pids, name), compileRouter(behaviour, facts));
  });
  const hubs = plan.hubs.map((name) => loadRuleset(fabric, name, pidOf(pids, name), CORE_RULESET));
  await Promise.all([...hubs, ...routers]);
}

async function loadFirewalls({ fabric, plan, pids, serverFirewalls }: NetworkInput): Promise<void> {
  await Promise.all(
    plan.hubs.map((hub) => loadServerFirewalls(fabric, { name: hub, pid: pidOf(pids, hub) }, plan, serverFirewalls)),
  );
}

async function loadTtls({ fabric, pids, serverTtls }: NetworkInput): Promise<void> {
  await Promise.all(
    Object.entries(serverTtls).map(([server, ttl]) => loadTtl(fabric, server, pidOf(pids, server), ttl)),
  );
}

/** One ping to each gateway fills both neighbour tables: the first packet of a session must not pay for ARP. */
async function warm({ fabric, plan, pids }: NetworkInput): Promise<void> {
  await Promise.all(
    Object.values(plan.nodes)
      .flatMap(({ name, gateway, gateway6 }) => [gateway, gateway6].map((via) => ({ name, gateway: via })))
      .map(async ({ name, gateway }) => {
        if (!gateway) return;
        const netns = pidOf(pids, name);
        await fabric.exec(["ping", "-c", "1", "-W", "2", gateway], { netns }).catch((error: Error) => {
          throw new Error(`${name} does not reach its gateway ${gateway}: ${error.message}`);
        });
      }),
  );
}

function pidOf(pids: Record<string, number>, name: string): number {
  const pid = pids[name];
  if (pid === undefined) throw new Error(`no container for ${name}`);
  return pid;
}
