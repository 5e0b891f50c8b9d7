import { portsOfApis, serversOfApis } from "./ice-servers/api-servers.ts";
import type { LabInventory, PeerPlan } from "./lab-containers.ts";
import type { LabContext } from "./lab-context.ts";
import { channelRefresh } from "./model/channel-refresh.ts";
import { DEFAULT_PEER_ENGINE, hidesHosts, isBrowser } from "./model/engine.ts";
import type { GridCellSpec } from "./model/grid.ts";
import type { IceServerPolicy } from "./model/ice-server-policy.ts";
import { linkDirections } from "./model/link.ts";
import type { Traffic } from "./model/load.ts";
import { keepsNoState, MAX_UNASKED_LIFETIME_MS } from "./model/nat.ts";
import { presetOf } from "./model/nat-presets.ts";
import type { RouterBehaviour } from "./model/observed-nat.ts";
import { type Change, DEFAULT_TRAFFIC } from "./model/scenario.ts";
import { hubLink, type PeerSpec, routerBehaviour, type Topology } from "./model/topology.ts";
import { wireTestMs } from "./model/wire-test-plan.ts";
import { type AddressPlan, planAddresses } from "./net/address-plan.ts";
import type { RouterToProbe } from "./net/probe-router.ts";
import { proxyFor } from "./net/proxy.ts";
import { freshCredential } from "./turn/credentials.ts";
import { portsAsked } from "./turn/ice-servers.ts";
import type { ServerImage } from "./turn/server-images.ts";
import { planTurnServers } from "./turn/turn-server.ts";
import type { TurnConfig } from "./turn-config/read-config.ts";
import type { AgentContainer } from "./turn-load/containers.ts";

/** What a lab is built from: a topology, and peers by name. */
export type LabSpec = {
  topology: Topology;
  peers: Record<string, PeerSpec>;
  changes?: readonly Change[];
  /** How the application uses the topology's APIs. */
  iceServerPolicy?: IceServerPolicy;
  /**
   * How long a call lasts decides whether a mapping's lifetime matters; whether it carries media, whether browsers tell
   * their addresses. Default: as scenarios have it.
   */
  traffic?: Pick<Traffic, "durationMs" | "media">;
  /** A grid's, whose calls may name ports that no peer's own URLs do. */
  cells?: readonly Pick<GridCellSpec, "iceServers">[];
  /** Processes of the lab that are no WebRTC peers, by node. */
  agents?: Readonly<Record<string, { behind: string; container: AgentContainer }>>;
  /** What the servers with a `config` run, by server. */
  configs?: Readonly<Record<string, TurnConfig>>;
};

/** A lab comes up in about two seconds; on a machine so busy that this is not enough, nothing it measured would count. */
const UP_WITHIN_MS = 120_000;
/** A proof takes 1.8 lifetimes (lab/net/agent/mapping-lifetime.ts). */
const LIFETIMES_A_PROOF = 2;

/** Who stands in a lab, where, and what each router is meant to be; pure but for what is fresh in each run. */
export function takeInventory(
  name: string,
  { topology, peers, agents = {}, changes = [], cells = [], configs, traffic = DEFAULT_TRAFFIC }: LabSpec,
  { credential, capture }: LabContext,
  images: Readonly<Record<string, ServerImage>>,
): { inventory: LabInventory; nats: Record<string, RouterBehaviour> } {
  const nats: Record<string, RouterBehaviour> = {};
  const lanKinds: Record<string, "home" | "carrier"> = {};
  for (const [router, spec] of Object.entries(topology.routers ?? {})) {
    nats[router] = routerBehaviour(spec);
    lanKinds[router] = presetOf(spec.nat)?.lan ?? "home";
  }
  const behind = Object.fromEntries(Object.entries({ ...peers, ...agents }).map(([peer, spec]) => [peer, spec.behind]));
  const peerRegions = Object.fromEntries(
    Object.entries(peers).flatMap(([peer, { region }]) => (region ? [[peer, region]] : [])),
  );
  const plan = planAddresses({ topology, peers: behind, lanKinds, peerRegions });
  const ofCells = cells.flatMap(({ iceServers = {} }) => Object.values(iceServers).flat());
  const refs = [...Object.values(peers).flatMap(({ iceServers }) => iceServers), ...ofCells];
  const specs = serversOfApis(topology, freshCredential().password);
  const wishes = {
    ports: mergePorts(portsAsked(refs), portsOfApis(topology)),
    rotating: new Set(changes.flatMap((change) => ("secrets" in change ? [change.server] : []))),
    // Its region's hub, and the core.
    routersAway: Object.fromEntries(
      Object.entries(topology.turnServers ?? {}).map(([server, { region }]) => [server, region === undefined ? 1 : 2]),
    ),
    cut: new Set(
      Object.values(topology.iceServerApis ?? {}).flatMap((api) => (api.cutsAtExpiry ? (api.servers ?? []) : [])),
    ),
  };
  const turnServers = planTurnServers(specs, plan, credential, wishes, images, configs);
  const refreshes = Object.values(turnServers).map(({ options }) => channelRefresh(options).channelRefreshSeconds);
  const often = refreshes.filter((seconds) => seconds !== undefined);
  const refreshing = often.length > 0 ? { channelRefreshSeconds: Math.min(...often) } : {};
  const peerPlans = Object.fromEntries(
    Object.entries(peers).map(([peer, spec]) => [
      peer,
      planPeer(spec, { traffic, refreshing }, { plan, nats }, capture?.isAsked === true),
    ]),
  );
  return {
    inventory: { scenario: name, plan, routers: Object.keys(nats), turnServers, peers: peerPlans, agents },
    nats,
  };
}

/** A browser has to know from its start whether it hides its addresses. */
function planPeer(
  { behind, engine = DEFAULT_PEER_ENGINE, mdns, flaws }: PeerSpec,
  {
    traffic: { media },
    refreshing,
  }: { traffic: Pick<Traffic, "media">; refreshing: { channelRefreshSeconds?: number } },
  facts: Parameters<typeof proxyFor>[0],
  isCaptured: boolean,
): PeerPlan {
  const proxy = proxyFor(facts, behind);
  const keys = isCaptured ? { keys: true } : {};
  const ofEngine = isBrowser(engine)
    ? { mdns: hidesHosts({ engine, mdns }, media), ...(isCaptured ? { dumps: true } : {}) }
    : { ...(flaws ? { flaws } : {}), ...refreshing };
  return { engine, settings: { ...(proxy ? { proxy } : {}), ...ofEngine, ...keys } };
}

function mergePorts(...lists: Record<string, number[]>[]): Record<string, number[]> {
  const merged: Record<string, number[]> = {};
  for (const [server, ports] of lists.flatMap(Object.entries<number[]>)) {
    merged[server] = [...(merged[server] ?? []), ...ports];
  }
  return merged;
}

/**
 * The wire's conditions are not told: they come later. Lifetimes are measured where the topology says so, and where a
 * call outlasts a mapping that nothing refreshes.
 */
export function routersToProbe(
  { topology, traffic = DEFAULT_TRAFFIC }: Pick<LabSpec, "topology" | "traffic">,
  nats: Record<string, RouterBehaviour>,
  { probes, ipv6Probes }: Pick<AddressPlan, "probes" | "ipv6Probes">,
): RouterToProbe[] {
  return Object.entries(nats).flatMap(([name, behaviour]) => {
    const { mappingLifetimeMs } = behaviour;
    const isOutlasted = mappingLifetimeMs <= MAX_UNASKED_LIFETIME_MS && traffic.durationMs > mappingLifetimeMs;
    const isLifetimeProven = (topology.routers?.[name]?.proveLifetime ?? isOutlasted) && !keepsNoState(behaviour);
    return name in probes || name in ipv6Probes ? [{ name, behaviour, isLifetimeProven }] : [];
  });
}

/** What takes its time by design comes on top, as if nothing of it were done side by side: lifetimes, and wires' tests. */
export function upWithinMs(routers: readonly RouterToProbe[], { topology, peers }: LabSpec): number {
  const proofs = routers.map(({ behaviour, isLifetimeProven }) =>
    isLifetimeProven ? LIFETIMES_A_PROOF * behaviour.mappingLifetimeMs : 0,
  );
  const nodes = Object.values({ ...topology.routers, ...topology.turnServers, ...peers });
  const links = [...nodes.map(({ link }) => link), ...Object.values(topology.regions ?? {}).map(hubLink)];
  const tests = links.flatMap((link) => {
    if (!link) return [];
    const { up, down } = linkDirections(link);
    return [Math.max(wireTestMs(up, link.mtu), wireTestMs(down, link.mtu))];
  });
  return [...proofs, ...tests].reduce((sum, ms) => sum + ms, UP_WITHIN_MS);
}
