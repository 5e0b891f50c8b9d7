import type { LabContext } from "./lab-context.ts";
import { UnavailableError } from "./lab-error.ts";
import { DEFAULT_PEER_ENGINE, isBrowser, type PeerEngine } from "./model/engine.ts";
import type { NodeInfo, NodeRole } from "./model/events.ts";
import type { PeerSpec } from "./model/topology.ts";
import { type AddressPlan, CORE_ADDRESS } from "./net/address-plan.ts";
import { CORE_IPV6, EXCHANGE_IPV6, familyOf, ipv6Sysctls } from "./net/ipv6-plan.ts";
import { TUN_DEVICE } from "./net/nat64.ts";
import { EXCHANGE_ADDRESS } from "./net/region-plan.ts";
import { type AgentSettings, PROTOCOL_VERSION } from "./peer/protocol.ts";
import { sourceFiles, tarOf } from "./runtime/archive.ts";
import { LABEL } from "./runtime/container-events.ts";
import { type HeldSpec, type StartedHeld, startHeld } from "./runtime/held-container.ts";
import { HOLD_PATH } from "./runtime/hold.ts";
import type { ImageName } from "./runtime/image-ref.ts";
import { startInTurn } from "./start-in-turn.ts";
import { type TurnServerPlan, turnArchive } from "./turn/turn-server.ts";
import { AGENT_SYSCTLS, type AgentContainer } from "./turn-load/containers.ts";

/** The images that every lab's containers start from; `imagesFor` adds those of its peers. */
const LAB_IMAGES = ["fabric", "router", "coturn", "hold"] as const;

const PEER_IMAGES = { werift: "peer", chromium: "chromium", firefox: "firefox" } as const satisfies Record<
  PeerEngine,
  ImageName
>;

/** The images of these labs, and none of a browser that no peer of them is. */
export function imagesFor(
  specs: readonly { peers: Record<string, Pick<PeerSpec, "engine">>; agents?: LabInventory["agents"] }[],
): ImageName[] {
  const peers = specs.flatMap((spec) => Object.values(spec.peers));
  const agents = specs.flatMap((spec) => Object.values(spec.agents ?? {}));
  return [
    ...LAB_IMAGES,
    ...new Set([
      ...peers.map(({ engine = DEFAULT_PEER_ENGINE }) => PEER_IMAGES[engine]),
      ...agents.map(({ container }) => container.image),
    ]),
  ];
}

/** A peer as its container is started: its engine, and what a browser has to know from its start. */
export type PeerPlan = { engine: PeerEngine; settings: AgentSettings };

/** Browsers keep in it what their processes share; of 64 MiB they would run out. */
const BROWSER_SHM_BYTES = 1024 ** 3;

/** A call has two ends. A browser takes a core for a second or two until its page is up. */
const MIN_BROWSERS_AT_ONCE = 2;

const COMMON_FOLDERS = ["lab/model", "lab/peer", "lab/peer/course"];
const BROWSER_FOLDERS = [...COMMON_FOLDERS, "lab/peer/browser", "lab/peer/page"];

/** Whose sources a peer's container is given. */
const PEER_FOLDERS: Readonly<Record<PeerEngine, readonly string[]>> = {
  werift: [...COMMON_FOLDERS, "lab/peer/agent"],
  chromium: BROWSER_FOLDERS,
  firefox: BROWSER_FOLDERS,
};

/** What stands in a lab, by name. */
export type LabInventory = {
  scenario: string;
  plan: AddressPlan;
  routers: readonly string[];
  turnServers: Record<string, TurnServerPlan>;
  peers: Readonly<Record<string, PeerPlan>>;
  agents?: Readonly<Record<string, { container: AgentContainer }>>;
};

/**
 * Starts every container of a lab side by side, of browsers no more at a time than fit; when one fails, the others are ended
 * before the error leaves.
 */
export async function startContainers(lab: LabInventory, context: LabContext): Promise<Map<string, StartedHeld>> {
  const { docker, info } = context.engine;
  const started = new Map<string, StartedHeld>();
  const start = async (spec: HeldSpec) => {
    const container = await startHeld(docker, spec);
    started.set(spec.name, container);
    container.line.onText((text) => context.log(lab.scenario, spec.name, text));
    return container;
  };
  const specs = await describeContainers(lab, context);
  const isSlow = ({ name }: HeldSpec) => isBrowser(lab.peers[name]?.engine ?? DEFAULT_PEER_ENGINE);
  const attempts = await Promise.all([
    Promise.allSettled(specs.filter((spec) => !isSlow(spec)).map(start)),
    startInTurn(
      specs.filter(isSlow).map((spec) => () => start(spec)),
      Math.max(MIN_BROWSERS_AT_ONCE, info.cpus),
      ({ line }) => line.spoken,
      context.signal,
    ),
  ]);
  const results = attempts.flat();
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return started;
  context.emit({ type: "lab_going_down", at: Date.now(), scenario: lab.scenario });
  await Promise.all([...started.values()].map((container) => container.end()));
  throw whyNotStarted(failed.reason);
}

/** A device that the engine's machine has not got is no fault of the lab. */
export function whyNotStarted(error: unknown): unknown {
  const reason = error instanceof Error ? error.message.trim() : String(error);
  if (!reason.includes(`custom device "${TUN_DEVICE}"`)) return error;
  const means = `NAT64 needs ${TUN_DEVICE}, which the engine's machine has not got`;
  return new UnavailableError(`${means}: ${reason}`, { cause: error });
}

async function describeContainers(lab: LabInventory, context: LabContext): Promise<HeldSpec[]> {
  const { plan, routers, turnServers, peers } = lab;
  const { images, ca, trustedPem = "" } = context;
  const common = (node: string, role: NodeRole, image: string) => ({
    image: images[image] ?? image,
    name: node,
    labels: {
      [LABEL.run]: context.runId,
      [LABEL.scenario]: lab.scenario,
      [LABEL.node]: node,
      [LABEL.role]: role,
    },
  });
  // A node asks its gateway for names; without a resolver of its own a container would inherit the host's.
  const dns = (node: string) => [plan.nodes[node]?.gateway ?? ""];
  const router = (node: string, role: NodeRole): HeldSpec => ({
    ...common(node, role, "router"),
    capabilities: ["NET_ADMIN"],
    sysctls: { "net.ipv4.ip_forward": "1", ...ipv6Sysctls(plan, node) },
  });
  const netAgents = await tarOf(sourceFiles(["lab/model", "lab/stun", "lab/probe", "lab/net/agent"]));
  const authorities = { path: "/etc/turnlab/ca.pem", content: `${ca.certificatePem}${trustedPem}` };
  const packed = new Map<PeerEngine, Promise<Buffer>>();
  const agentsOf = (engine: PeerEngine): Promise<Buffer> => {
    const agents = packed.get(engine) ?? tarOf([...sourceFiles(PEER_FOLDERS[engine]), authorities]);
    packed.set(engine, agents);
    return agents;
  };
  const started = Object.values(turnServers).filter(({ outside }) => outside === undefined);
  const servers = started.map(async (server) => ({
    ...common(server.name, "turn", server.found?.id ?? "coturn"),
    // The image is anybody's: its own init would not end with the harness, nor wait for the wires.
    entrypoint: [HOLD_PATH],
    command: server.program.command,
    env: server.program.env,
    archives: [context.hold, await turnArchive(server, ca)],
    sysctls: ipv6Sysctls(plan, server.name),
    ...(server.size ? { limits: server.size } : {}),
    dns: dns(server.name),
  }));
  const peerSpecs = Object.entries(peers).map(
    async ([peer, { engine, settings }]): Promise<HeldSpec> => ({
      ...common(peer, "peer", PEER_IMAGES[engine]),
      sysctls: ipv6Sysctls(plan, peer),
      // Greeted at once, because an agent that is not ends within 5 s; its handle greets again when all is up.
      greeting: { type: "hello", protocolVersion: PROTOCOL_VERSION, ...settings },
      dns: dns(peer),
      archives: [await agentsOf(engine)],
      ...(isBrowser(engine) ? { shmBytes: BROWSER_SHM_BYTES } : { env: { NODE_EXTRA_CA_CERTS: authorities.path } }),
    }),
  );
  const agentSpecs = Object.entries(lab.agents ?? {}).map(
    async ([name, { container }]): Promise<HeldSpec> => ({
      ...common(name, "peer", container.image),
      entrypoint: container.entrypoint,
      sysctls: { ...ipv6Sysctls(plan, name), ...AGENT_SYSCTLS },
      greeting: container.greeting,
      dns: dns(name),
      archives: [await tarOf([...sourceFiles(container.folders), authorities])],
      env: { NODE_EXTRA_CA_CERTS: authorities.path },
    }),
  );
  return [
    {
      ...common("fabric", "fabric", "fabric"),
      archives: [netAgents],
      fabric: true,
      ...(Object.values(plan.ipOf).includes("nat64") ? { devices: [TUN_DEVICE] } : {}),
    },
    ...plan.hubs.map((name) => router(name, "core")),
    ...routers.map((name) => router(name, "router")),
    ...(await Promise.all(servers)),
    ...(await Promise.all(peerSpecs)),
    ...(await Promise.all(agentSpecs)),
  ];
}

/** The nodes as `up` prints them and `lab_up` logs them; names as in the scenario. */
export function describeNodes(
  { plan, routers, turnServers }: LabInventory,
  started: Map<string, StartedHeld>,
): NodeInfo[] {
  const roleOf = (node: string): NodeRole => {
    if (plan.hubs.includes(node)) return "core";
    if (routers.includes(node)) return "router";
    return node in turnServers ? "turn" : "peer";
  };
  const idOf = (node: string) => started.get(node)?.id ?? "";
  const nodes = Object.values(plan.nodes).map(({ name, interfaces }) => ({
    name,
    role: roleOf(name),
    containerId: idOf(name),
    interfaces: [
      ...interfaces.map(({ name: ifname, ipv6, ...ipv4 }) => ({
        name: ifname,
        addresses: [ipv4, ...(ipv6 ? [ipv6] : [])].map(({ address, prefix }) => `${address}/${prefix}`),
      })),
      ...plan.coreLines
        .filter(({ owner }) => owner === name)
        .map((line) => ({
          name: line.interface,
          addresses: [...new Set((line.hub ?? line.addresses).map(familyOf))].map((family) => {
            const [ipv4, ipv6] = line.hub ? [EXCHANGE_ADDRESS, EXCHANGE_IPV6] : [CORE_ADDRESS, CORE_IPV6];
            return family === "ipv6" ? `${ipv6}/128` : `${ipv4}/32`;
          }),
        })),
    ],
  }));
  return [...nodes, { name: "fabric", role: "fabric", containerId: idOf("fabric"), interfaces: [] }];
}
