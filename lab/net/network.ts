import type { RouterBehaviour } from "../model/observed-nat.ts";
import { type AddressPlan, CORE_ADDRESS, OBSERVER, type ReflectorPlace } from "./address-plan.ts";
import type { ObserverOperations } from "./agent/probe-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { JsonProcess } from "./json-process.ts";
import { CORE_RULESET, compileRuleset, type Ruleset } from "./ruleset.ts";
import { addressing, type Wire, Wiring } from "./wiring.ts";

export const AGENT_FOLDER = "/turnlab/lab/net/agent";
export const REFLECTOR_PORTS: [number, number] = [3478, 3479];

/** A host on the lab's internet, or on the outside of a router that stands behind another. */
export type Observer = JsonProcess<ObserverOperations>;

export type NetworkInput = {
  fabric: Fabric;
  plan: AddressPlan;
  /** Behaviour of each router. */
  nats: Record<string, RouterBehaviour>;
  /** Init of each node, by name; `core` included. */
  pids: Record<string, number>;
  /** Names that resolve inside the lab, to addresses. */
  hosts: Record<string, string>;
  /** Nodes whose programs look names up. */
  peers: readonly string[];
  /** Told when something the network needs ends by itself. */
  onBroken: (reason: string) => void;
};

/** A resolver answers within milliseconds of its start; a stalled machine may need seconds. */
const RESOLVE_TRIES = 100;
const RESOLVE_PAUSE_MS = 30;

/** A wired lab: bridges, addresses, rules, resolvers and the observer stand. */
export type StartedNetwork = {
  wiring: Wiring;
  /** Hosts with two addresses, by name; `observer` is on the internet and is readiness probe and third party as well. */
  reflectors: Record<string, Observer>;
  observer: Observer;
};

/**
 * Builds the network around started containers. What can run side by side does; the order that matters: wires,
 * addresses, then resolvers; rules do not wait for wires.
 */
export async function buildNetwork(input: NetworkInput): Promise<StartedNetwork> {
  const { fabric, plan, pids } = input;
  const wiring = new Wiring();
  const starting = later(Promise.all(Object.values(plan.reflectors).map((place) => startReflector(fabric, place))));
  const rules = later(loadRules(input));
  await fabric.exec(["ip", "-batch", "-"], {
    stdin: wiring.bridges(plan.segments) + wiring.plug(nodeWires(plan, pids)),
  });
  await Promise.all(Object.values(plan.nodes).map((node) => address(fabric, pids, node.name, addressing(node, plan))));
  const [reflectors] = await Promise.all([
    starting.then((started) => Promise.all(started.map((one) => attachReflector(one, { fabric, wiring, plan })))),
    rules,
    startResolvers(input).then(() => proveNames(input)),
    warm(input),
  ]);
  const byName = Object.fromEntries(reflectors);
  const observer = byName[OBSERVER];
  if (!observer) throw new Error("the plan has no observer");
  return { wiring, reflectors: byName, observer };
}

/** Something that is awaited only later: meanwhile its rejection has nobody, and Node would end the process for it. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The wires of every node and of the core, in the order of the plan. */
function nodeWires(plan: AddressPlan, pids: Record<string, number>): Wire[] {
  const core = plan.coreLines.map((line) => ({
    segment: line.segment,
    pid: pidOf(pids, "core"),
    interface: line.interface,
  }));
  const nodes = Object.values(plan.nodes).flatMap(({ name, interfaces }) =>
    interfaces.map((planned) => ({ segment: planned.segment, pid: pidOf(pids, name), interface: planned.name })),
  );
  return [...core, ...nodes];
}

async function address(fabric: Fabric, pids: Record<string, number>, name: string, batch: string): Promise<void> {
  await fabric.exec(["ip", "-batch", "-"], { stdin: batch, netns: pidOf(pids, name) });
}

type Reflector = { plan: ReflectorPlace; process: Observer };

async function startReflector(fabric: Fabric, plan: ReflectorPlace): Promise<Reflector> {
  const argv = ["node", `${AGENT_FOLDER}/observer.ts`];
  return { plan, process: new JsonProcess(plan.name, await fabric.spawn(plan.name, argv, { ownNetns: true })) };
}

async function attachReflector(
  { plan: { name, segment, addresses, prefix, gateway }, process }: Reflector,
  { fabric, wiring, plan }: { fabric: Fabric; wiring: Wiring; plan: AddressPlan },
): Promise<[string, Observer]> {
  const wire = wiring.plug([{ segment, pid: process.pid, interface: "eth0" }]);
  await fabric.exec(["ip", "-batch", "-"], { stdin: wire });
  const [address = "", ...extra] = addresses;
  const node = {
    name,
    interfaces: [{ name: "eth0", segment, address, prefix, extra }],
    gateway,
    gatewayOnLink: prefix === 32,
  };
  await fabric.exec(["ip", "-batch", "-"], { stdin: addressing(node, plan), netns: process.pid });
  await process.ask("reflect", { addresses: [address, extra[0] ?? ""], ports: REFLECTOR_PORTS });
  return [name, process];
}

async function loadRules({ fabric, plan, nats, pids }: NetworkInput): Promise<void> {
  const routers = Object.entries(nats).map(([name, nat]) => {
    const node = plan.nodes[name];
    const lan = node?.interfaces.find((planned) => planned.name === "lan");
    const wan = node?.interfaces.find((planned) => planned.name === "wan");
    if (!lan || !wan) throw new Error(`${name} has no lan or no wan in the address plan`);
    return load(
      fabric,
      name,
      pidOf(pids, name),
      compileRuleset(nat, { inside: subnetOf(lan), wanAddress: wan.address }),
    );
  });
  await Promise.all([load(fabric, "core", pidOf(pids, "core"), CORE_RULESET), ...routers]);
}

/** Loads a ruleset and lists it: a load that silently did nothing is an error here, not a wrong verdict later. */
async function load(fabric: Fabric, name: string, pid: number, ruleset: Ruleset): Promise<void> {
  const loading =
    ruleset.tool === "nft" ? "nft -f - && nft list ruleset" : "iptables-restore && iptables -S && iptables -t nat -S";
  const listed = await fabric.exec(["sh", "-c", loading], { stdin: ruleset.text, netns: pid });
  const missing = ruleset.expectListed.filter((expected) => !listed.includes(expected));
  if (missing.length > 0) {
    throw new Error(
      `${name}: ${ruleset.tool} loaded without an error, but does not list: ${missing.join("; ")}\n${listed}`,
    );
  }
}

/**
 * Every gateway resolves the lab's names, as a home router does, and nothing else: an unknown name is NXDOMAIN at
 * once, never a query that leaves.
 */
async function startResolvers({ fabric, plan, pids, hosts, onBroken }: NetworkInput): Promise<void> {
  const names = Object.entries(hosts).map(([host, ip]) => `--address=/${host}/${ip}`);
  const gateways = Object.values(plan.nodes).flatMap(({ name, interfaces }) => {
    const lan = interfaces.find((planned) => planned.name === "lan");
    return lan ? [{ name, listen: lan.address }] : [];
  });
  const all = [{ name: "core", listen: CORE_ADDRESS }, ...gateways];
  await Promise.all(
    all.map(async ({ name, listen }) => {
      const resolver = await fabric.spawn(
        `resolver-${name}`,
        [
          "dnsmasq",
          "--keep-in-foreground",
          "--conf-file=/dev/null",
          "--pid-file=",
          "--user=root",
          "--no-resolv",
          "--no-hosts",
          "--local=/#/",
          `--listen-address=${listen}`,
          "--bind-interfaces",
          "--log-facility=-",
          ...names,
        ],
        { netns: pidOf(pids, name) },
      );
      resolver.onEnd((stderr) => onBroken(`the resolver on ${name} ended: ${stderr.trim()}`));
    }),
  );
}

/**
 * Every peer looks a name of the lab up, as its programs will: through its own resolv.conf, from its own gateway. A
 * resolver that does not answer would otherwise be told as the server's failure.
 */
async function proveNames({ fabric, pids, hosts, peers }: NetworkInput): Promise<void> {
  const [host] = Object.keys(hosts);
  if (host === undefined) return;
  await Promise.all(
    peers.map(async (peer) => {
      const target = String(pidOf(pids, peer));
      const lookup = ["nsenter", "--target", target, "--net", "--mount", "--", "getent", "ahostsv4", host];
      for (let tries = 1; ; tries++) {
        const failure = await fabric.exec(lookup).then(
          () => null,
          (error: Error) => error,
        );
        if (failure === null) return;
        if (tries === RESOLVE_TRIES) throw new Error(`${peer} cannot resolve ${host}: ${failure.message}`);
        await new Promise((resolve) => setTimeout(resolve, RESOLVE_PAUSE_MS));
      }
    }),
  );
}

/** One ping to each gateway fills both neighbour tables: the first packet of a session must not pay for ARP. */
async function warm({ fabric, plan, pids }: NetworkInput): Promise<void> {
  await Promise.all(
    Object.values(plan.nodes).map(async ({ name, gateway }) => {
      if (gateway === null) return;
      await fabric.exec(["ping", "-c", "1", "-W", "2", gateway], { netns: pidOf(pids, name) }).catch((error: Error) => {
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

function subnetOf({ address, prefix }: { address: string; prefix: number }): string {
  if (prefix !== 24) throw new RangeError(`expected a /24 inside, found /${prefix}`);
  return `${address.split(".").slice(0, 3).join(".")}.0/24`;
}
