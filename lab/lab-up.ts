import { isIP } from "node:net";
import { AllocationCutter } from "./cut-allocations.ts";
import type { IceServerLists } from "./ice-servers/ice-server-lists.ts";
import { describeNodes, type LabInventory, startContainers } from "./lab-containers.ts";
import type { LabContext } from "./lab-context.ts";
import { LabError, ServerError, UnavailableError } from "./lab-error.ts";
import { type LabUplinks, openUplinks } from "./lab-uplinks.ts";
import type { PeerEngine } from "./model/engine.ts";
import type { NodeInfo } from "./model/events.ts";
import type { ObservedNat, RouterBehaviour } from "./model/observed-nat.ts";
import type { ServerChange } from "./model/scenario.ts";
import type { Topology } from "./model/topology.ts";
import type { AddressPlan } from "./net/address-plan.ts";
import { Fabric } from "./net/fabric.ts";
import { NoRawSocketsError } from "./net/links/delay-line.ts";
import { NoNetemError } from "./net/links/link-tool.ts";
import { planLinks } from "./net/links/plan-links.ts";
import type { StartedLinks } from "./net/links/started-links.ts";
import { NoTunError } from "./net/nat64.ts";
import { buildNetwork, type Observer, type StartedNetwork } from "./net/network.ts";
import type { NicRates } from "./net/nic-rates.ts";
import { probeRouter } from "./net/probe-router.ts";
import { rebootRouter } from "./net/reboot-router.ts";
import type { Wiring } from "./net/wiring.ts";
import { PeerHandle } from "./peer/session.ts";
import { type LabSpec, routersToProbe, takeInventory, upWithinMs } from "./plan-lab.ts";
import { proveRouters, proveStillThere, startProbes, startTurnServer } from "./prove-lab.ts";
import { proveLinks, reportOverruns } from "./prove-links.ts";
import { refuseOversize } from "./refuse-oversize.ts";
import type { AttachedLine } from "./runtime/attached-line.ts";
import { execIn } from "./runtime/exec-in.ts";
import type { StartedHeld } from "./runtime/held-container.ts";
import { ServerLogs } from "./server-logs.ts";
import { type RunIn, ServerSecrets } from "./server-secrets.ts";
import { ServerStates } from "./server-states.ts";
import { startIceServers } from "./start-ice-servers.ts";
import { tellConfig, withMaskedLog } from "./tell-config.ts";
import type { ServerImage } from "./turn/server-images.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

export type StartedLab = AsyncDisposable & {
  plan: AddressPlan;
  nodes: NodeInfo[];
  fabric: Fabric;
  /** A third party on the lab's internet. */
  observer: Observer;
  /** The same for either family; IPv6 has one of its own. */
  observerOf: StartedNetwork["observerOf"];
  peers: Record<string, PeerHandle>;
  /** Of agents. */
  lines: Record<string, AttachedLine>;
  engines: Record<string, PeerEngine>;
  pids: Record<string, number>;
  wiring: Wiring;
  /** What each router is meant to be. */
  nats: Record<string, RouterBehaviour>;
  turnServers: Record<string, TurnServerPlan>;
  /** Where peers get their iceServers. */
  iceServers: IceServerLists;
  /** What they wrote lately. */
  serverLogs: ServerLogs;
  /** What opens the servers, and may change while they run. */
  secrets: ServerSecrets;
  /** Probes one router again; with a behaviour where its rules are no longer those of the topology. */
  probe(router: string, behaviour?: RouterBehaviour, isLifetimeProven?: boolean): Promise<ObservedNat>;
  /** Wires with conditions, which may change while a load runs. */
  links: StartedLinks;
  /** Servers' network cards that have a rate. */
  nics: NicRates;
  /** Takes a router's NAT state away, after it was dead for `downMs`; `stop` shortens that. */
  reboot(router: string, downMs: number, stop: AbortSignal): Promise<void>;
  /** What the scenario has done to servers so far. */
  serverStates: Pick<ServerStates, "isUp" | "isKilled" | "hasRestarted">;
  /** Takes a server away, or brings it back. @throws ServerError where it does not come */
  changeServer(server: string, becomes: ServerChange): Promise<void>;
  /** Asks every listener of every server that is meant to be there once more, over bare wires. @throws ServerError */
  proveServers(): Promise<void>;
  /** Resolves when something of the lab ends that nobody told to: a ServerError for a server, else a LabError. */
  broken: Promise<Error>;
  /** What is done before anything is told to end, also at an interrupt; what it throws is left out. */
  beforeDown(task: () => Promise<void>): void;
  down(): Promise<void>;
};

/** How long the engine's own word on a death (exit code, OOM) may come behind the end of the line. */
const DEATH_REPORT_MS = 300;

/**
 * Brings a scenario's topology up: containers side by side, then wires, then proof. Returns when every listener of
 * every server has answered, every router has been probed and every peer waits. On any fault all of it is taken down.
 * @throws ServerError when the server under test is at fault, LabError and others when the lab is
 */
export async function upLab(name: string, spec: LabSpec, given: LabContext): Promise<StartedLab> {
  const serverLogs = new ServerLogs(Object.keys(spec.topology.turnServers ?? {}));
  const { mask, ...context } = withMaskedLog(withKeptLog(given, serverLogs), spec);
  const { signal, emit } = context;
  signal.throwIfAborted();
  refuseOversize(spec.topology.turnServers ?? {}, context.engine.info);
  const images = await lookIntoImages(name, spec.topology, context);
  const { inventory, nats } = takeInventory(name, spec, context, images);
  const { plan, turnServers } = inventory;
  for (const server of Object.values(turnServers)) tellConfig(name, server, context);
  const runIn: RunIn = (server, argv, environment) =>
    execIn(context.engine.docker, need(started, server).id, argv, environment);
  const secrets = new ServerSecrets(turnServers, runIn);
  let serverStates: ServerStates | undefined;
  const cutter = new AllocationCutter(name, turnServers, {
    emit,
    runIn,
    isKilled: (server) => serverStates?.isKilled(server) === true,
    onFault: (error) => breakWith(new LabError(`allocations could not be ended at their expiry: ${String(error)}`)),
  });
  // First, because a provider that refuses the user's keys is to find nothing running.
  const parts = { turnServers, secrets, cutter };
  const apis = await startIceServers(spec.topology, spec.iceServerPolicy, parts, context);
  const started = await startContainers(inventory, context).catch(async (error: unknown) => {
    await apis[Symbol.asyncDispose]();
    throw error;
  });
  const { promise: broken, resolve: onBroken } = Promise.withResolvers<Error>();
  let isBroken = false;
  let isGoingDown = false;
  let uplinks: LabUplinks | undefined;
  const tasks: (() => Promise<void>)[] = [];
  const leave = async () => {
    isGoingDown = true;
    if (isBroken) await pause(DEATH_REPORT_MS);
    await Promise.allSettled(tasks.map((task) => task()));
    // What dies after this line was told to.
    emit({ type: "lab_going_down", at: Date.now(), scenario: name });
    await uplinks?.close();
  };
  let leaving: Promise<void> | undefined;
  const down = async () => {
    signal.removeEventListener("abort", down);
    // Whoever else asks, as an interrupt does while a scenario ends, waits for the same words.
    leaving ??= leave();
    await leaving;
    cutter.stop();
    await Promise.all([apis[Symbol.asyncDispose](), ...[...started.values()].map((container) => container.end())]);
  };
  signal.addEventListener("abort", down);
  const breakWith = (error: Error) => {
    if (isGoingDown) return;
    isBroken = true;
    onBroken(error);
  };
  for (const [node, { line }] of started) {
    line.onEnd((reason) => {
      const message = mask(`${node}: ${reason}\n${line.lastText}`).trimEnd();
      breakWith(node in turnServers ? new ServerError(message) : new LabError(message));
    });
  }
  const bringUp = async (): Promise<StartedLab> => {
    signal.throwIfAborted();
    const fabric = new Fabric(need(started, "fabric"));
    const pids = Object.fromEntries([...started].map(([node, { pid }]) => [node, pid]));
    const peers = Object.fromEntries(
      Object.entries(inventory.peers).map(([peer, { settings }]) => [
        peer,
        new PeerHandle(peer, need(started, peer).line, settings),
      ]),
    );
    await fabric.ready;
    const routers = routersToProbe(spec, nats, plan);
    const probes = startProbes(routers.length, fabric);
    uplinks = await openUplinks(name, Object.values(turnServers), { fabric, onBroken: breakWith }, context);
    // Down had begun before there was anything to close.
    if (isGoingDown) await uplinks.close();
    Object.assign(pids, uplinks.pids);
    await fabric.guard(Object.values(pids).filter((pid) => pid !== pids.fabric));
    // A server without a name is known by its address, which nobody looks up.
    const hosts = Object.fromEntries(
      Object.values(turnServers).flatMap(({ hostname, aliases, addresses }) =>
        [hostname, ...aliases].filter((host) => !isIP(host)).map((host) => [host, addresses]),
      ),
    );
    const links = planLinks({ ...spec, plan });
    const serverFirewalls = Object.fromEntries(
      Object.values(turnServers).flatMap(({ name, firewall }) => (firewall ? [[name, firewall]] : [])),
    );
    const serverTtls = Object.fromEntries(
      Object.values(turnServers).flatMap(({ name, sendsTtl }) => (sendsTtl === undefined ? [] : [[name, sendsTtl]])),
    );
    const nicRates = Object.fromEntries(
      Object.values(turnServers).flatMap(({ name, size }) =>
        size?.nicBitsPerSecond === undefined ? [] : [[name, size.nicBitsPerSecond]],
      ),
    );
    const atServers = { serverFirewalls, serverTtls, nicRates };
    const parts = { plan, nats, pids, hosts, peers: Object.keys(inventory.peers), ...atServers, links };
    const network = await buildNetwork({
      fabric,
      ...parts,
      onBroken: (reason) => breakWith(new LabError(reason)),
    }).catch((error: unknown) => {
      if (error instanceof NoTunError) throw new UnavailableError(error.message, { cause: error });
      if (!(error instanceof NoRawSocketsError || error instanceof NoNetemError)) throw error;
      throw new UnavailableError(`link conditions cannot be made here: ${error.message}`, { cause: error });
    });
    const { observer } = network;
    const setting = { fabric, network, plan, pids };
    const servers = Object.values(turnServers);
    const proven = proveRouters(name, { routers, probes }, setting, context);
    await Promise.all([
      proven,
      ...servers.map(async (server) => {
        if (server.areSecretsStored) await secrets.take(server.name, server.secrets);
        // Behind a router, silence would be the router's as well as the server's; and the proof sends from its ports.
        if (server.name in plan.serversInside) await proven;
        await startTurnServer(name, server, started.get(server.name), network, context);
      }),
      ...Object.values(peers).map((peer) => whenReady(peer, inventory, need(started, peer.name), context)),
    ]);
    const containerOf = (server: string) => need(started, server);
    const states = await ServerStates.prepare(
      { fabric, network, plan, pids, turnServers, containerOf },
      spec.changes ?? [],
      context,
    );
    serverStates = states;
    // Only now: what a router or a server does is proven on bare wires.
    await proveLinks(name, network.links, context);
    return {
      plan,
      nodes: describeNodes(inventory, started),
      fabric,
      observer,
      observerOf: network.observerOf,
      peers,
      lines: Object.fromEntries(Object.keys(spec.agents ?? {}).map((agent) => [agent, need(started, agent).line])),
      engines: Object.fromEntries(Object.entries(inventory.peers).map(([peer, { engine }]) => [peer, engine])),
      pids,
      wiring: network.wiring,
      nats,
      turnServers,
      serverLogs,
      iceServers: apis.lists,
      secrets,
      probe: (router, behaviour = nats[router], isLifetimeProven = false) => {
        if (!behaviour) throw new Error(`no router ${router}`);
        const { link } = spec.topology.routers?.[router] ?? {};
        return probeRouter({ name: router, behaviour, link, isLifetimeProven }, setting);
      },
      links: network.links,
      nics: network.nics,
      reboot: (router, downMs, stop) => rebootRouter(router, { fabric, network, plan, pids }, downMs, stop),
      serverStates: states,
      changeServer: (server, becomes) => states.change(server, becomes),
      proveServers: async () => {
        await reportOverruns(name, network.links, context);
        await network.links.clear();
        const meant = servers.filter((server) => states.isUp(server.name));
        await Promise.all(meant.map((server) => proveStillThere(server, network, context)));
      },
      broken,
      beforeDown: (task) => void tasks.push(task),
      down,
      [Symbol.asyncDispose]: down,
    };
  };
  const late = new AbortController();
  try {
    return await Promise.race([
      bringUp(),
      rejectWith(broken),
      rejectLate(upWithinMs(routersToProbe(spec, nats, inventory.plan), spec), late.signal),
    ]);
  } catch (error) {
    // A death on the way up is told by whoever noticed first; who died says whose fault it is.
    const death = isGoingDown ? null : await Promise.race([broken, pause(DEATH_REPORT_MS)]);
    await down();
    throw death ?? error;
  } finally {
    late.abort();
  }
}

function withKeptLog(context: LabContext, logs: ServerLogs): LabContext {
  return {
    ...context,
    log: (scenario, node, text) => {
      logs.take(node, text);
      context.log(scenario, node, text);
    },
  };
}

/** What each server runs from. Where the run has looked before, nothing is started for it. */
async function lookIntoImages(
  scenario: string,
  { turnServers = {} }: Topology,
  { serverImages, emit }: LabContext,
): Promise<Record<string, ServerImage>> {
  const own = Object.entries(turnServers).filter(([, { outside }]) => outside === undefined);
  const found = await Promise.all(own.map(async ([server, spec]) => [server, await serverImages.of(spec)] as const));
  for (const [server, { reference, id, digest, version }] of found)
    emit({ type: "turn_server_image", at: Date.now(), scenario, server, reference, id, digest, version });
  return Object.fromEntries(found);
}

/** A browser is told with its version, and how long it took; one that does not start is told by its sessions. */
async function whenReady(
  { name, ready }: PeerHandle,
  { scenario, peers }: LabInventory,
  { startedAtMs, line }: StartedHeld,
  { emit }: LabContext,
): Promise<void> {
  const { browser, atMs } = await ready;
  const { engine, settings } = peers[name] ?? {};
  if (browser === undefined || engine === undefined) return;
  emit({
    type: "browser_ready",
    at: Date.now(),
    scenario,
    peer: name,
    engine,
    version: browser,
    mdns: settings?.mdns === true,
    // It may have said so before anybody listened: others were still being started.
    durationMs: (line.firstMessageAtMs ?? atMs) - startedAtMs,
  });
}

async function rejectWith(broken: Promise<Error>): Promise<never> {
  throw await broken;
}

function rejectLate(withinMs: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const message = `the lab did not come up within ${Math.round(withinMs / 1000)} s`;
    const timer = setTimeout(() => reject(new LabError(message)), withinMs);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}

function pause(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null));
}

function need(started: Map<string, StartedHeld>, name: string): StartedHeld {
  const container = started.get(name);
  if (!container) throw new Error(`no container ${name}`);
  return container;
}
