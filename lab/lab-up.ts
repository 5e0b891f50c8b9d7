import type { NodeInfo, NodeRole, RunEvent } from "./model/events.ts";
import { NAT_PRESETS, type NatBehaviour, natBehaviour, natMismatches, type ObservedNat } from "./model/nat.ts";
import { ROLES, type Scenario } from "./model/scenario.ts";
import { type AddressPlan, planAddresses } from "./net/address-plan.ts";
import { Fabric } from "./net/fabric.ts";
import { buildNetwork, type Observer, type StartedNetwork } from "./net/network.ts";
import { probeRouter } from "./net/probe-router.ts";
import { PROTOCOL_VERSION } from "./peer/protocol.ts";
import { PeerHandle } from "./peer/session.ts";
import { sourceFiles, tarOf } from "./runtime/archive.ts";
import { LABEL } from "./runtime/container-events.ts";
import type { Engine } from "./runtime/engine.ts";
import { type HeldSpec, type StartedHeld, startHeld } from "./runtime/held-container.ts";
import type { CertificateAuthority } from "./turn/certificate-authority.ts";
import type { Credential } from "./turn/credentials.ts";
import { planTurnServers, type TurnServerPlan, turnArchive, waitUntilReady } from "./turn/turn-server.ts";

/** What every lab of a run shares. */
export type LabContext = {
  engine: Engine;
  images: Record<string, string>;
  runId: string;
  ca: CertificateAuthority;
  credential: Credential;
  /** Ends every lab of the run. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  /** Takes what containers write besides messages: a server's log, a peer's stderr. */
  log: (scenario: string, node: string, text: string) => void;
};

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
  /** Resolves with the reason when a container ends that nobody told to. */
  broken: Promise<string>;
  down(): Promise<void>;
};

/** How long the engine's own word on a death (exit code, OOM) may come behind the end of the line. */
const DEATH_REPORT_MS = 300;

/** The lab is not what it claims, or cannot be built: never a verdict about TURN. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/**
 * Brings a scenario's topology up: containers side by side, then wires, then proof. Returns when every listener of
 * every server has answered, every router has been probed and every peer waits. On any fault all of it is taken down.
 */
export async function upLab(name: string, scenario: Scenario, context: LabContext): Promise<StartedLab> {
  const behind = Object.fromEntries(ROLES.map((role) => [role, scenario.peers[role].behind]));
  const nats: Record<string, NatBehaviour> = {};
  const lanKinds: Record<string, "home" | "carrier"> = {};
  for (const [router, { nat }] of Object.entries(scenario.topology.routers ?? {})) {
    nats[router] = natBehaviour(nat);
    lanKinds[router] = typeof nat === "string" ? NAT_PRESETS[nat].lan : "home";
  }
  const plan = planAddresses({ topology: scenario.topology, peers: behind, lanKinds });
  const turnServers = planTurnServers(scenario.topology.turnServers ?? {}, plan, context.credential);
  const started = await startContainers(name, plan, Object.keys(nats), turnServers, context);
  let goingDown = false;
  const down = async () => {
    // What dies after this line was told to.
    if (!goingDown) context.emit({ type: "lab_going_down", at: Date.now(), scenario: name });
    goingDown = true;
    context.signal.removeEventListener("abort", down);
    await Promise.all([...started.values()].map((container) => container.end()));
  };
  context.signal.addEventListener("abort", down);
  const broken = new Promise<string>((resolve) => {
    for (const [node, { line }] of started) {
      line.onEnd((reason) => {
        if (goingDown) return;
        const message = `${node}: ${reason}\n${line.lastText}`.trimEnd();
        setTimeout(() => resolve(message), DEATH_REPORT_MS);
      });
    }
  });
  try {
    context.signal.throwIfAborted();
    const fabric = new Fabric(need(started, "fabric"));
    const pids = Object.fromEntries([...started].map(([node, { pid }]) => [node, pid]));
    const peers = Object.fromEntries(ROLES.map((role) => [role, new PeerHandle(role, need(started, role).line)]));
    await fabric.ready;
    await fabric.guard(Object.values(pids).filter((pid) => pid !== pids.fabric));
    const hosts = Object.fromEntries(Object.values(turnServers).map((server) => [server.hostname, server.address]));
    const network = await buildNetwork({ fabric, topology: scenario.topology, plan, nats, pids, hosts });
    await Promise.all([
      proveRouters(name, nats, { fabric, network, plan }, context),
      ...Object.values(turnServers).map((server) =>
        startTurnServer(name, server, need(started, server.name), network.observer, context),
      ),
      ...Object.values(peers).map((peer) => peer.ready),
    ]);
    const nodes = describeNodes(plan, started, Object.keys(nats), turnServers);
    const probe = (router: string) => probeRouter(router, { fabric, network, plan });
    const { observer } = network;
    return {
      plan,
      nodes,
      fabric,
      observer,
      probe,
      peers,
      pids,
      turnServers,
      broken,
      down,
      [Symbol.asyncDispose]: down,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

async function startContainers(
  scenario: string,
  plan: AddressPlan,
  routers: string[],
  turnServers: Record<string, TurnServerPlan>,
  context: LabContext,
): Promise<Map<string, StartedHeld>> {
  const { engine, images } = context;
  const labels = (node: string, role: NodeRole) => ({
    [LABEL.run]: context.runId,
    [LABEL.scenario]: scenario,
    [LABEL.node]: node,
    [LABEL.role]: role,
  });
  const netAgents = await tarOf(sourceFiles(["lab/model", "lab/stun", "lab/net/agent"]));
  const peerAgents = await tarOf([
    ...sourceFiles(["lab/model", "lab/peer", "lab/peer/agent"]),
    { path: "/etc/turnlab/ca.pem", content: context.ca.certificatePem },
  ]);
  const routerSpec = (node: string, role: NodeRole): HeldSpec => ({
    image: images.router ?? "",
    name: node,
    labels: labels(node, role),
    capabilities: ["NET_ADMIN"],
    sysctls: { "net.ipv4.ip_forward": "1" },
  });
  const specs: HeldSpec[] = [
    {
      image: images.fabric ?? "",
      name: "fabric",
      labels: labels("fabric", "fabric"),
      archives: [netAgents],
      fabric: true,
    },
    routerSpec("core", "core"),
    ...routers.map((router) => routerSpec(router, "router")),
    ...(await Promise.all(
      Object.values(turnServers).map(async (server) => ({
        image: images.coturn ?? "",
        name: server.name,
        labels: labels(server.name, "turn"),
        archives: [await turnArchive(server, context.ca)],
        dns: [plan.nodes[server.name]?.gateway ?? ""],
      })),
    )),
    ...ROLES.map((role) => ({
      image: images.peer ?? "",
      name: role,
      labels: labels(role, "peer"),
      archives: [peerAgents],
      greeting: { type: "hello", protocolVersion: PROTOCOL_VERSION },
      env: { NODE_EXTRA_CA_CERTS: "/etc/turnlab/ca.pem" },
      dns: [plan.nodes[role]?.gateway ?? ""],
    })),
  ];
  const results = await Promise.allSettled(specs.map((spec) => startHeld(engine.docker, spec)));
  const started = new Map<string, StartedHeld>();
  for (const result of results) {
    if (result.status === "rejected") continue;
    const { name, line } = result.value;
    started.set(name, result.value);
    line.onText((text) => context.log(scenario, name, text));
  }
  const failed = results.find((result) => result.status === "rejected");
  if (failed) {
    context.emit({ type: "lab_going_down", at: Date.now(), scenario });
    await Promise.all([...started.values()].map((container) => container.end()));
    throw failed.reason;
  }
  return started;
}

/** Each router is probed from inside, side by side; one that is not what it claims ends the lab. */
async function proveRouters(
  scenario: string,
  nats: Record<string, NatBehaviour>,
  { fabric, network, plan }: { fabric: Fabric; network: StartedNetwork; plan: AddressPlan },
  context: LabContext,
): Promise<void> {
  await Promise.all(
    Object.entries(nats).map(async ([router, expected]) => {
      const startedAt = performance.now();
      const observed = await probeRouter(router, { fabric, network, plan });
      const mismatches = natMismatches(expected, observed);
      const durationMs = performance.now() - startedAt;
      context.emit({
        type: "router_probed",
        at: Date.now(),
        scenario,
        router,
        expected,
        observed,
        mismatches,
        durationMs,
      });
      if (mismatches.length > 0) throw new LabError(`router ${router} is not what it claims: ${mismatches.join("; ")}`);
    }),
  );
}

async function startTurnServer(
  scenario: string,
  server: TurnServerPlan,
  container: StartedHeld,
  observer: Observer,
  context: LabContext,
): Promise<void> {
  const startedAt = performance.now();
  const ended = new Promise<never>((_, reject) => {
    container.line.onEnd(() =>
      reject(new LabError(`${server.name} ended while starting:\n${container.line.lastText}`)),
    );
  });
  ended.catch(() => {}); // After readiness, its end is the engine's `die` event.
  container.line.sendText("start");
  const ready = waitUntilReady(server, context.ca.certificatePem, (target, timeoutMs) =>
    observer.ask("stun-ready", { target, timeoutMs }),
  );
  const listeners = await Promise.race([ready, ended]);
  context.emit({
    type: "turn_server_ready",
    at: Date.now(),
    scenario,
    server: server.name,
    publicAddress: server.address,
    hostname: server.hostname,
    listeners,
    durationMs: performance.now() - startedAt,
  });
}

function describeNodes(
  plan: AddressPlan,
  started: Map<string, StartedHeld>,
  routers: string[],
  turnServers: Record<string, TurnServerPlan>,
): NodeInfo[] {
  const roleOf = (node: string): NodeRole =>
    node === "core" ? "core" : routers.includes(node) ? "router" : node in turnServers ? "turn" : "peer";
  const nodes = Object.values(plan.nodes).map(({ name, interfaces }) => ({
    name,
    role: roleOf(name),
    containerId: need(started, name).id,
    interfaces: [
      ...interfaces.map(({ name: ifname, address, prefix }) => ({ name: ifname, addresses: [`${address}/${prefix}`] })),
      ...(name === "core" ? plan.coreLines.map((line) => ({ name: line.interface, addresses: [] })) : []),
    ],
  }));
  return [...nodes, { name: "fabric", role: "fabric", containerId: need(started, "fabric").id, interfaces: [] }];
}

function need(started: Map<string, StartedHeld>, name: string): StartedHeld {
  const container = started.get(name);
  if (!container) throw new Error(`no container ${name}`);
  return container;
}
