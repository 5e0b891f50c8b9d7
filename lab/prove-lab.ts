import type { LabContext } from "./lab-context.ts";
import { LabError, ServerError } from "./lab-error.ts";
import { natMismatches, type RouterBehaviour } from "./model/observed-nat.ts";
import type { AddressPlan } from "./net/address-plan.ts";
import type { Fabric } from "./net/fabric.ts";
import type { Observer, StartedNetwork } from "./net/network.ts";
import { probeRouter } from "./net/probe-router.ts";
import type { StartedHeld } from "./runtime/held-container.ts";
import { type TurnServerPlan, waitUntilReady } from "./turn/turn-server.ts";

/** How long a server may take to answer after a load; it has answered within milliseconds before. */
const STILL_THERE_WITHIN_MS = 3_000;

/** Each router is probed from inside, side by side; one that is not what it claims ends the lab. */
export async function proveRouters(
  scenario: string,
  nats: Record<string, RouterBehaviour>,
  network: { fabric: Fabric; network: StartedNetwork; plan: AddressPlan },
  { emit }: LabContext,
): Promise<void> {
  await Promise.all(
    Object.entries(nats).map(async ([router, expected]) => {
      const startedAt = performance.now();
      const observed = await probeRouter(router, network);
      const mismatches = natMismatches(expected, observed);
      const durationMs = performance.now() - startedAt;
      emit({ type: "router_probed", at: Date.now(), scenario, router, expected, observed, mismatches, durationMs });
      if (mismatches.length > 0) throw new LabError(`router ${router} is not what it claims: ${mismatches.join("; ")}`);
    }),
  );
}

/** Starts a server whose wires are plugged, and waits until every listener has answered. @throws ServerError */
export async function startTurnServer(
  scenario: string,
  server: TurnServerPlan,
  container: StartedHeld,
  observer: Observer,
  context: LabContext,
): Promise<void> {
  const startedAt = performance.now();
  container.line.sendText("start");
  const listeners = await answers(server, observer, context);
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

/** A server that died of the load's last calls must not pass. @throws ServerError */
export async function proveStillThere(server: TurnServerPlan, observer: Observer, context: LabContext): Promise<void> {
  await answers(server, observer, context, STILL_THERE_WITHIN_MS);
}

async function answers(server: TurnServerPlan, observer: Observer, { ca }: LabContext, withinMs?: number) {
  const ask: Parameters<typeof waitUntilReady>[2] = (target, timeoutMs) =>
    observer.ask("stun-ready", { target, timeoutMs });
  try {
    return await waitUntilReady(server, ca.certificatePem, ask, withinMs);
  } catch (error) {
    throw new ServerError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
