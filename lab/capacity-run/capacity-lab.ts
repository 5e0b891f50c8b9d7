import { applyTurnConfig } from "../apply-turn-config.ts";
import type { LabContext } from "../lab-context.ts";
import { type StartedLab, upLab } from "../lab-up.ts";
import { type AllocationSpec, CLIENTS, FAR_PEER } from "../model/allocation-load.ts";
import type { CapacityCall, MachineSize } from "../model/capacity.ts";
import type { Scenario } from "../model/scenario.ts";
import { INTERNET, type Topology } from "../model/topology.ts";
import { listenersOf } from "../model/turn-listeners.ts";
import type { Fault } from "../scenario/fault.ts";
import { startTurnLoad, turnLoadAgents } from "../start-turn-load.ts";
import { coturnOptions } from "../turn/coturn-config.ts";
import type { TurnServerPlan } from "../turn/turn-server.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { SteppedLoad } from "./stepped-load.ts";

/** Names of nodes. */
export const SERVER = "turn";
const HOME = "home";

/** A server whose capacity is asked for, and who calls through it. */
export type CapacityLabInput = {
  /** Null: the lab's own configuration. */
  config: TurnConfig | null;
  /** Absent: the lab's own coturn. */
  image?: string;
  /** Of the lab's own configuration: keys that replace it. */
  options?: NonNullable<NonNullable<Topology["turnServers"]>[string]["options"]>;
  call: CapacityCall;
  /** Where the clients stand: one NAT as a home has it, or none. */
  behind: "home" | "internet";
  /** Threads of the generator. */
  workers: number;
};

/** Where everybody stands. Or every fault that lies between the file and the lab, or the call. Pure. */
export function capacityTopology(
  { config, image, options, call, behind }: CapacityLabInput,
  size: MachineSize,
): { topology: Topology } | { faults: Fault[] } {
  const turn = { size, ...(image === undefined ? {} : { image }), ...(options && !config ? { options } : {}) };
  const plain: Scenario = {
    description: "A server whose capacity is measured, its clients, and a peer that sends packets back.",
    topology: { ...(behind === "home" ? { routers: { [HOME]: { nat: HOME } } } : {}), turnServers: { [SERVER]: turn } },
    // Its own clients come later: they are no WebRTC peers.
    peers: { offerer: { behind: INTERNET, iceServers: [] }, answerer: { behind: INTERNET, iceServers: [] } },
    load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  };
  const transports = new Set(
    (config ? listenersOf(config.facts.options) : OWN_LISTENERS).map(({ transport }) => transport),
  );
  if (!transports.has(call.over)) {
    const found = `a server that listens on ${[...transports].join(", ") || "nothing"}`;
    return { faults: [{ place: "--transport", expected: "one that the server listens on", found }] };
  }
  if (!config) return { topology: plain.topology };
  const applied = applyTurnConfig(plain, SERVER, config);
  return "faults" in applied ? applied : { topology: applied.scenario.topology };
}

const OWN_LISTENERS = listenersOf(
  coturnOptions({ addresses: [""], realm: "", credential: { username: "", password: "" } }),
);

/** One lab, up, with a load that is to rise. */
export type CapacityLab = AsyncDisposable & {
  lab: StartedLab;
  server: TurnServerPlan;
  load: SteppedLoad;
};

/** @throws ServerError where the server does not start, LabError and others where the lab does not */
export async function startCapacityLab(
  name: string,
  input: CapacityLabInput & { topology: Topology; size: MachineSize; isOutOfMemory: () => boolean },
  context: LabContext,
): Promise<CapacityLab> {
  const { topology, size, config, call, behind, workers, isOutOfMemory } = input;
  const farPeer = call.relayed === "one" ? { behind: INTERNET } : null;
  const agents = turnLoadAgents({ workers, clients: { behind }, farPeer });
  const configs = config ? { configs: { [SERVER]: config } } : {};
  const lab = await upLab(name, { topology, peers: {}, agents, ...configs }, context);
  try {
    const server = lab.turnServers[SERVER];
    if (!server) throw new Error("a lab without the server that it was planned with");
    const { generator, targetOf } = await startTurnLoad(lab, { workers });
    const load = new SteppedLoad(
      {
        lab,
        generator,
        spec: allocationOf(call),
        target: targetOf(SERVER, call.over),
        size,
        relayed: call.relayed,
        isOutOfMemory,
        clients: CLIENTS,
        farPeer: farPeer && FAR_PEER,
        routers: [...lab.plan.hubs, ...Object.keys(lab.nats)],
      },
      context.signal,
    );
    await load.start();
    return { lab, server, load, [Symbol.asyncDispose]: () => lab.down() };
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** `holdMs` counts for nothing where a load is held. */
function allocationOf({ over, relayed, streams }: CapacityCall): AllocationSpec {
  return { server: SERVER, over, relayTo: relayed === "one" ? "peer" : "allocation", traffic: streams, holdMs: 1 };
}
