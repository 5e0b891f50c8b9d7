import { availableParallelism } from "node:os";
import type { AllocationScenario } from "./model/allocation-load.ts";
import { MAX_WORKERS } from "./model/allocation-load.ts";
import { type AnyScenario, isAllocations } from "./model/grid.ts";
import type { LabSpec } from "./plan-lab.ts";
import { turnLoadAgents } from "./start-turn-load.ts";

/** Threads of the generator's process. */
export function workersOf({ clients }: Pick<AllocationScenario, "clients">): number {
  return clients.workers ?? Math.min(MAX_WORKERS, availableParallelism());
}

/** What a scenario's lab is built from. Of raw clients: their process, and that of the peer which sends packets back. */
export function labSpecOf(scenario: AnyScenario): LabSpec {
  if (!isAllocations(scenario)) return scenario;
  const { topology, clients, farPeer = null } = scenario;
  return { topology, peers: {}, agents: turnLoadAgents({ workers: workersOf(scenario), clients, farPeer }) };
}
