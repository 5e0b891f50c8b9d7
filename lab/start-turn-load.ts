import type { StartedLab } from "./lab-up.ts";
import { CLIENTS, FAR_PEER } from "./model/allocation-load.ts";
import { channelRefresh } from "./model/channel-refresh.ts";
import type { TurnTransport } from "./model/ice.ts";
import { usualPort } from "./model/server-ports.ts";
import type { LabSpec } from "./plan-lab.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";
import { farPeerContainer, generatorContainer } from "./turn-load/containers.ts";
import { FarPeerHandle } from "./turn-load/far-peer-handle.ts";
import { GeneratorHandle } from "./turn-load/generator-handle.ts";
import type { GeneratorTarget } from "./turn-load/protocol.ts";

/** Where raw clients stand, and the peer that sends packets back, if there is one. `workers`: threads of the generator. */
export type TurnLoadPlaces = { workers: number; clients: { behind: string }; farPeer: { behind: string } | null };

/** What a lab needs among its agents for such a load: nodes `clients` and `far-peer`. */
export function turnLoadAgents({ workers, clients, farPeer }: TurnLoadPlaces): NonNullable<LabSpec["agents"]> {
  return {
    [CLIENTS]: { behind: clients.behind, container: generatorContainer(workers) },
    ...(farPeer ? { [FAR_PEER]: { behind: farPeer.behind, container: farPeerContainer() } } : {}),
  };
}

export type TurnLoad = {
  generator: GeneratorHandle;
  /** Listens already. Null where the lab has none. */
  farPeer: FarPeerHandle | null;
  /** All that the generator has to know to allocate at a server of the lab. @throws Error for a server that is not there */
  targetOf(server: string, over: TurnTransport): GeneratorTarget;
};

/** Greets the agents of a lab that was planned with `turnLoadAgents`. Resolves when both are ready. */
export async function startTurnLoad(lab: StartedLab, { workers }: Pick<TurnLoadPlaces, "workers">): Promise<TurnLoad> {
  const { [CLIENTS]: clientsLine, [FAR_PEER]: farLine } = lab.lines;
  if (!clientsLine) throw new Error(`no process ${CLIENTS} in the lab`);
  const generator = new GeneratorHandle(CLIENTS, clientsLine, { workers });
  const farPeer = farLine ? new FarPeerHandle(FAR_PEER, farLine) : null;
  await Promise.all([generator.ready, farPeer?.ready]);
  const address = lab.plan.nodes[FAR_PEER]?.interfaces[0]?.address ?? "";
  const listening = farPeer ? { address, port: await farPeer.listen() } : null;
  return {
    generator,
    farPeer,
    targetOf(name, over) {
      const server = lab.turnServers[name];
      if (!server) throw new Error(`no TURN server ${name} in the lab`);
      return {
        address: server.address,
        port: portOf(server, over),
        servername: server.hostname,
        credentials: lab.secrets.credentialsForMany(name),
        farPeer: listening,
        ...channelRefresh(server.options),
      };
    },
  };
}

/** Of the listeners over a transport the one that URLs without a port mean, where there is one. */
function portOf(server: TurnServerPlan, over: TurnTransport): number {
  const usual = usualPort(server, over);
  const ports = server.listeners.filter(({ transport }) => transport === over).map(({ port }) => port);
  return ports.includes(usual) ? usual : (ports[0] ?? usual);
}
