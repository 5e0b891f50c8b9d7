import type { ProbeResult } from "../model/probe.ts";
import type { ObserverOperations } from "../net/agent/probe-protocol.ts";
import { familyOf } from "../net/ipv6-plan.ts";
import type { Observer } from "../net/network.ts";
import { PUBLIC_PEER } from "../probe/peer-addresses.ts";
import { measureMemory } from "./probe-memory.ts";
import { probeOwnPorts } from "./probe-own-ports.ts";
import { probePrivatePeers } from "./probe-private-peers.ts";
import { probeQuotas, relaysGone, relaysHeld } from "./probe-quotas.ts";
import { probeReach } from "./probe-reach.ts";
import {
  anyTarget,
  type ProbedLab,
  type ProbeSetting,
  probeSetting,
  type ServerProbing,
  streamTarget,
} from "./probe-setting.ts";
import { probeState } from "./probe-state.ts";

export type { ServerProbing } from "./probe-setting.ts";

/** How long an allocation is held to see its nonce go stale. */
const HOLD_MS = 1_500;

/**
 * Asks a server of a lab all that there is to ask, from the lab's internet: first what it takes of a server that nobody has used
 * yet, then all that bears company side by side, each over a 5-tuple of its own, then its quotas. Gives back all that it was
 * given, and resolves when nothing of it is left. An answer is never an error.
 */
export async function probeServer(lab: ProbedLab, name: string, probing: ServerProbing): Promise<ProbeResult[]> {
  const { signal } = probing;
  signal.throwIfAborted();
  const server = lab.turnServers[name];
  if (!server) throw new Error(`no TURN server ${name} in the lab`);
  if (server.outside) throw new Error(`${name} runs outside of the lab: \`./turnlab probe\` asks such a server`);
  const before = await relaysHeld(lab, server);
  // Asks with a credential, which takes a little memory: behind the question about memory.
  const bare = await probeSetting(lab, name, probing, { isAsked: false });
  const state = await probeState(bare);
  const setting = await probeSetting(lab, name, probing);
  // What challenged sources take is kept for a minute: what allocations take comes on top, and is seen as well.
  if (probing.onMemory) probing.onMemory(await measureMemory(setting));
  signal.throwIfAborted();
  const own = [probeReach(setting), probePrivatePeers(setting), probeOwnPorts(setting)];
  // All of them end before anything does: they take down what they put up.
  const asked = await Promise.allSettled([...own, ...questionsOf(setting)]);
  const together = asked.flatMap((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  signal.throwIfAborted();
  const quotas = await probeQuotas(setting, before);
  await relaysGone(lab, server, before);
  return [...withOneCause(together), ...quotas, ...state];
}

/** Those that need nothing of the lab but somebody who asks. */
function questionsOf({ lab, server, targets, open, limits }: ProbeSetting): Promise<ProbeResult[]>[] {
  const { observer } = lab;
  const target = anyTarget(targets);
  if (!target) return [];
  const stream = streamTarget(targets);
  const as = (user: string) => open?.(user) ?? null;
  const hasIpv6 = server.addresses.some((address) => familyOf(address) === "ipv6");
  const [secret] = lab.secrets.takenBy(server.name);
  const told = async (asked: Promise<{ results: ProbeResult[] }>) => (await asked).results;
  const authentication = { target, credential: as("authentication"), ...(secret === undefined ? {} : { secret }) };
  return [
    told(observer.ask("probe-authentication", { ...authentication, limits })),
    told(
      observer.ask("probe-protocol", {
        target,
        credential: as("protocol"),
        peer: PUBLIC_PEER,
        hasIpv6,
        stream,
        limits,
      }),
    ),
    told(observer.ask("probe-lifetimes", { target, credential: as("lifetimes"), holdMs: HOLD_MS, limits })),
    told(observer.ask("probe-tcp-relay", { stream, credential: as("tcp-relay"), limits })),
    betweenRelays({ target, credential: as("relay-to-relay"), limits }, observer),
    told(observer.ask("probe-amplification", { udp: targets.udp, limits })),
    told(observer.ask("probe-admin-ports", { address: server.address, limits })),
    ...(targets.tls ? [told(observer.ask("probe-tls", { target: targets.tls, limits }))] : []),
  ];
}

/** Again where nothing arrived: a machine that is busy may be late once. */
async function betweenRelays(
  asked: ObserverOperations["probe-relay-to-relay"]["command"],
  observer: Observer,
): Promise<ProbeResult[]> {
  const { results } = await observer.ask("probe-relay-to-relay", asked);
  const isLate = results.some(
    ({ verdict, measured }) => verdict === "weak" && measured?.createPermission === undefined,
  );
  return isLate ? (await observer.ask("probe-relay-to-relay", asked)).results : results;
}

/** Relays with another address than the server's cannot send to each other either, whatever the ACL says. */
function withOneCause(results: readonly ProbeResult[]): ProbeResult[] {
  const elsewhere = results.find(
    ({ id, verdict, option }) => id === "reach" && verdict === "weak" && option === "external-ip",
  );
  if (!elsewhere) return [...results];
  const { option, reason, fix } = elsewhere;
  return results.map((result) =>
    result.id === "relay-to-relay" && result.verdict === "weak" ? { ...result, option, reason, fix } : result,
  );
}
