import { rootCertificates } from "node:tls";
import type { LabContext } from "./lab-context.ts";
import { LabError, ServerError } from "./lab-error.ts";
import { ipv6Mismatches } from "./model/observed-ipv6.ts";
import { natMismatches, type RouterBehaviour } from "./model/observed-nat.ts";
import type { AddressPlan } from "./net/address-plan.ts";
import type { Fabric } from "./net/fabric.ts";
import { familyOf } from "./net/ipv6-plan.ts";
import type { StartedNetwork } from "./net/network.ts";
import { ProbeHost } from "./net/probe-host.ts";
import { type ProbeSetting, probeRouter, type RouterToProbe } from "./net/probe-router.ts";
import type { StartedHeld } from "./runtime/held-container.ts";
import { hasGivenCertificate } from "./turn/configured-server.ts";
import { proveBlocked, type ReadyListener, type StunAsker, waitUntilReady } from "./turn/listener-proof.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

/** How long a server may take to answer after a load; it has answered within milliseconds before. */
const STILL_THERE_WITHIN_MS = 3_000;

/** A deployed server is there or it is not, and is somebody's: asked no oftener than RFC 8489 section 6.2.1 retransmits. */
const DEPLOYED_RETRY_MS = 500;
/** How long one that was lost may take to answer again: its wire is not bare, and may be slow and lossy. */
const BACK_WITHIN_MS = 30_000;

type Observers = Pick<StartedNetwork, "observerOf">;

/** How many routers are probed at a time: most of a probe is waiting, but each process takes as much as two probes. */
const PROBES = 4;
const ROUTERS_PER_PROBE = 2;

/** Begins to start as many probes as that many routers need: while the network is built, it costs no time. */
export function startProbes(routers: number, fabric: Fabric): Promise<ProbeHost>[] {
  return Array.from({ length: Math.min(PROBES, Math.ceil(routers / ROUTERS_PER_PROBE)) }, () => {
    const starting = ProbeHost.start(fabric);
    starting.catch(() => {}); // Told by whoever awaits it; a lab that fails before has nobody to.
    return starting;
  });
}

/**
 * Each router is probed from inside, on bare wires, several at a time; one that is not what it claims ends the lab. A
 * process probes one router after the other, as starting it takes longer than probing.
 */
export async function proveRouters(
  scenario: string,
  { routers, probes }: { routers: readonly RouterToProbe[]; probes: readonly Promise<ProbeHost>[] },
  setting: ProbeSetting,
  { emit }: LabContext,
): Promise<void> {
  const waiting = [...routers];
  const work = async (starting: Promise<ProbeHost>) => {
    await using host = await starting;
    for (let router = waiting.shift(); router !== undefined; router = waiting.shift()) {
      const startedAt = performance.now();
      const { name, behaviour: expected, isLifetimeProven = false } = router;
      const observed = await probeRouter(router, setting, host);
      const ip = setting.plan.ipOf[name] ?? "ipv4";
      const externalAddresses = outsideOfProbe(name, setting.plan, expected);
      const mismatches = [
        ...natMismatches(expected, observed, { externalAddresses, isLifetimeProven, ip }),
        ...ipv6Mismatches(expected.firewall, ip, observed.ipv6),
      ];
      const durationMs = performance.now() - startedAt;
      const at = Date.now();
      emit({ type: "router_probed", at, scenario, router: name, expected, observed, mismatches, durationMs });
      if (mismatches.length > 0) throw new LabError(`router ${name} is not what it claims: ${mismatches.join("; ")}`);
    }
  };
  await Promise.all(probes.map(work));
}

/** Under which outside addresses the probe's two hosts are to be seen. */
function outsideOfProbe(
  router: string,
  plan: AddressPlan,
  { addressing }: RouterBehaviour,
): readonly [string, string] | undefined {
  const wan = plan.nodes[router]?.interfaces.find(({ name }) => name === "wan")?.address;
  if (addressing === "shared") return wan === undefined ? undefined : [wan, wan];
  const { address = "", secondAddress = "" } = plan.probes[router] ?? {};
  const [first, second] = [plan.outsideOf[router]?.[address], plan.outsideOf[router]?.[secondAddress]];
  return first === undefined || second === undefined ? undefined : [first, second];
}

/**
 * Starts a server whose wires are plugged, unless it is one outside of the lab, which runs already; and waits until every
 * listener has answered; those that its firewall blocks must be silent. @throws ServerError, and LabError where the firewall is not what it claims
 */
export async function startTurnServer(
  scenario: string,
  server: TurnServerPlan,
  container: StartedHeld | undefined,
  observers: Observers,
  context: LabContext,
): Promise<void> {
  const startedAt = performance.now();
  container?.line.sendText("start");
  const ready = await answers(server, observers, context);
  const blocked = await silence(server, ready, observers);
  context.emit({
    type: "turn_server_ready",
    at: Date.now(),
    scenario,
    server: server.name,
    publicAddress: server.address,
    hostname: server.hostname,
    listeners: [...ready, ...blocked],
    durationMs: performance.now() - startedAt,
  });
}

/** Waits until every listener of a server that was lost has answered, over its wire as it is. @throws ServerError */
export async function proveBack(server: TurnServerPlan, observers: Observers, context: LabContext): Promise<void> {
  await answers(server, observers, context, BACK_WITHIN_MS);
}

/** A server that died of the load's last calls must not pass. @throws ServerError */
export async function proveStillThere(
  server: TurnServerPlan,
  observers: Observers,
  context: LabContext,
): Promise<void> {
  await answers(server, observers, context, STILL_THERE_WITHIN_MS);
}

/** Those whose signature on a server's certificate counts for whoever asks it; absent: those of Node. */
export async function authorityOf(
  server: TurnServerPlan,
  { ca, trustedPem }: Pick<LabContext, "ca" | "trustedPem">,
): Promise<string | undefined> {
  if (server.outside) return everyAuthority(trustedPem);
  if (hasGivenCertificate(server)) return [ca.certificatePem, trustedPem ?? "", ...rootCertificates].join("\n");
  return ca.anchorsOf(server.certificate);
}

async function answers(server: TurnServerPlan, { observerOf }: Observers, context: LabContext, withinMs?: number) {
  const pace = server.outside ? { retryMs: DEPLOYED_RETRY_MS } : {};
  const ask: StunAsker["ask"] = (target, timeoutMs) =>
    observerOf(familyOf(target.address)).ask("stun-ready", { target, timeoutMs, ...pace });
  try {
    return await waitUntilReady(server, await authorityOf(server, context), { ask }, withinMs);
  } catch (error) {
    throw new ServerError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Those that peers trust but the run's own: the public ones, which are Node's, and whom the user named beside them. */
function everyAuthority(trustedPem: string | undefined): string | undefined {
  return trustedPem === undefined ? undefined : [trustedPem, ...rootCertificates].join("\n");
}

async function silence(server: TurnServerPlan, ready: readonly ReadyListener[], { observerOf }: Observers) {
  const expectSilence: StunAsker["expectSilence"] = async (target, durationMs) => {
    await observerOf(familyOf(target.address)).ask("expect-silence", { target, durationMs });
  };
  try {
    return await proveBlocked(server, ready, { expectSilence });
  } catch (error) {
    throw new LabError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
