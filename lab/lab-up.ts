import { describeNodes, type LabInventory, startContainers } from "./lab-containers.ts";
import type { LabContext } from "./lab-context.ts";
import { LabError, ServerError } from "./lab-error.ts";
import type { NodeInfo } from "./model/events.ts";
import { presetOf } from "./model/nat-presets.ts";
import type { ObservedNat, RouterBehaviour } from "./model/observed-nat.ts";
import { routerBehaviour } from "./model/topology.ts";
import { ROLES, type Scenario } from "./model/scenario.ts";
import { type AddressPlan, planAddresses } from "./net/address-plan.ts";
import { Fabric } from "./net/fabric.ts";
import { buildNetwork, type Observer } from "./net/network.ts";
import { probeRouter } from "./net/probe-router.ts";
import { PeerHandle } from "./peer/session.ts";
import { proveRouters, proveStillThere, startTurnServer } from "./prove-lab.ts";
import type { StartedHeld } from "./runtime/held-container.ts";
import { planTurnServers, type TurnServerPlan } from "./turn/turn-server.ts";

export type StartedLab = AsyncDisposable & {
  plan: AddressPlan;
  nodes: NodeInfo[];
  fabric: Fabric;
  /** A third party on the lab's internet. */
  observer: Observer;
  peers: Record<string, PeerHandle>;
  pids: Record<string, number>;
  turnServers: Record<string, TurnServerPlan>;
  /** Probes one router again. */
  probe(router: string): Promise<ObservedNat>;
  /** Asks every listener of every server once more. @throws ServerError */
  proveServers(): Promise<void>;
  /** Resolves when something of the lab ends that nobody told to: a ServerError for a server, else a LabError. */
  broken: Promise<Error>;
  down(): Promise<void>;
};

/** A lab comes up in about two seconds; on a machine so busy that this is not enough, nothing it measured would count. */
const UP_WITHIN_MS = 120_000;
/** How long the engine's own word on a death (exit code, OOM) may come behind the end of the line. */
const DEATH_REPORT_MS = 300;

/**
 * Brings a scenario's topology up: containers side by side, then wires, then proof. Returns when every listener of
 * every server has answered, every router has been probed and every peer waits. On any fault all of it is taken down.
 * @throws ServerError when the server under test is at fault, LabError and others when the lab is
 */
export async function upLab(name: string, scenario: Scenario, context: LabContext): Promise<StartedLab> {
  const { signal, emit } = context;
  signal.throwIfAborted();
  const { inventory, nats } = takeInventory(name, scenario, context);
  const { plan, turnServers } = inventory;
  const started = await startContainers(inventory, context);
  const { promise: broken, resolve: onBroken } = Promise.withResolvers<Error>();
  let isBroken = false;
  let isGoingDown = false;
  const down = async () => {
    signal.removeEventListener("abort", down);
    if (!isGoingDown) {
      isGoingDown = true;
      if (isBroken) await pause(DEATH_REPORT_MS);
      // What dies after this line was told to.
      emit({ type: "lab_going_down", at: Date.now(), scenario: name });
    }
    await Promise.all([...started.values()].map((container) => container.end()));
  };
  signal.addEventListener("abort", down);
  const breakWith = (error: Error) => {
    if (isGoingDown) return;
    isBroken = true;
    onBroken(error);
  };
  for (const [node, { line }] of started) {
    line.onEnd((reason) => {
      const message = `${node}: ${reason}\n${line.lastText}`.trimEnd();
      breakWith(node in turnServers ? new ServerError(message) : new LabError(message));
    });
  }
  const bringUp = async (): Promise<StartedLab> => {
    signal.throwIfAborted();
    const fabric = new Fabric(need(started, "fabric"));
    const pids = Object.fromEntries([...started].map(([node, { pid }]) => [node, pid]));
    const peers = Object.fromEntries(ROLES.map((role) => [role, new PeerHandle(role, need(started, role).line)]));
    await fabric.ready;
    await fabric.guard(Object.values(pids).filter((pid) => pid !== pids.fabric));
    const hosts = Object.fromEntries(Object.values(turnServers).map((server) => [server.hostname, server.address]));
    const parts = { plan, nats, pids, hosts, peers: ROLES };
    const network = await buildNetwork({ fabric, ...parts, onBroken: (reason) => breakWith(new LabError(reason)) });
    const { observer } = network;
    const servers = Object.values(turnServers);
    await Promise.all([
      proveRouters(name, nats, { fabric, network, plan }, context),
      ...servers.map((server) => startTurnServer(name, server, need(started, server.name), observer, context)),
      ...Object.values(peers).map((peer) => peer.ready),
    ]);
    return {
      plan,
      nodes: describeNodes(inventory, started),
      fabric,
      observer,
      peers,
      pids,
      turnServers,
      probe: (router) => probeRouter(router, { fabric, network, plan }),
      proveServers: async () => {
        await Promise.all(servers.map((server) => proveStillThere(server, observer, context)));
      },
      broken,
      down,
      [Symbol.asyncDispose]: down,
    };
  };
  const late = new AbortController();
  try {
    return await Promise.race([bringUp(), rejectWith(broken), rejectLate(late.signal)]);
  } catch (error) {
    // A death on the way up is told by whoever noticed first; who died says whose fault it is.
    const death = isGoingDown ? null : await Promise.race([broken, pause(DEATH_REPORT_MS)]);
    await down();
    throw death ?? error;
  } finally {
    late.abort();
  }
}

function takeInventory(
  name: string,
  scenario: Scenario,
  { credential }: LabContext,
): { inventory: LabInventory; nats: Record<string, RouterBehaviour> } {
  const { topology, peers } = scenario;
  const nats: Record<string, RouterBehaviour> = {};
  const lanKinds: Record<string, "home" | "carrier"> = {};
  for (const [router, spec] of Object.entries(topology.routers ?? {})) {
    nats[router] = routerBehaviour(spec);
    lanKinds[router] = presetOf(spec.nat)?.lan ?? "home";
  }
  const behind = Object.fromEntries(ROLES.map((role) => [role, peers[role].behind]));
  const plan = planAddresses({ topology, peers: behind, lanKinds });
  const turnServers = planTurnServers(topology.turnServers ?? {}, plan, credential);
  return { inventory: { scenario: name, plan, routers: Object.keys(nats), turnServers }, nats };
}

async function rejectWith(broken: Promise<Error>): Promise<never> {
  throw await broken;
}

function rejectLate(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new LabError(`the lab did not come up within ${UP_WITHIN_MS / 1000} s`)),
      UP_WITHIN_MS,
    );
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
