import type { ForwardCheck, LeavingCheck, ObservedNat } from "../model/observed-nat.ts";
import { formatTransportAddress, type TransportAddress } from "../stun/transport-address.ts";
import type { ProbePlan } from "./agent/probe-protocol.ts";
import { type Arrival, Arrivals } from "./arrivals.ts";
import { AGENT_FOLDER, type Observer } from "./network.ts";
import { type ForwardToLookAt, planForwardChecks } from "./plan-forwards.ts";
import type { ProbeSetting } from "./probe-router.ts";

/** On a stalled machine an earlier packet is there this long after a later one. */
const BEHIND_MS = 20;

/**
 * Somebody outside sends to each port that leads to a node inside, and to those beside them; what arrives is seen in the
 * node's own namespace, with the sender's address and port. Then the node sends from such ports itself. Empty where the
 * router forwards nothing.
 */
export async function probeForwards(
  router: string,
  { fabric, plan, pids }: ProbeSetting,
  reflector: Observer,
  probePlan: ProbePlan,
): Promise<Pick<ObservedNat, "forwards" | "leaving">> {
  const nodes = planForwardChecks(plan, router);
  if (nodes.length === 0) return {};
  const seen = await Promise.all(
    nodes.map(async (node) => {
      const pid = pids[node.to];
      if (pid === undefined) throw new Error(`no container for ${node.to}`);
      await using arrivals = await Arrivals.watch(fabric, pid, node.inside, probePlan.reflector.addresses);
      const forwards = await lookAt(node, reflector, arrivals, probePlan);
      // Only then: what the node sends may let others in.
      const leaving = await leave(node, probePlan, (argv) => fabric.exec(argv, { netns: pid }));
      return { forwards, leaving };
    }),
  );
  return { forwards: seen.flatMap(({ forwards }) => forwards), leaving: seen.flatMap(({ leaving }) => leaving) };
}

/** Ports beside come first: when those behind them have arrived, they would have. */
async function lookAt(
  { to, outside, checks }: ForwardToLookAt,
  reflector: Observer,
  arrivals: Arrivals,
  { pace: { copies, gapMs, patienceMs } }: ProbePlan,
): Promise<ForwardCheck[]> {
  const targets = checks.map(({ protocol, port }) => ({ protocol, to: { address: outside, port } }));
  const until = performance.now() + patienceMs;
  const knocked = checks.map((): TransportAddress[] => []);
  let arrived: boolean[] = [];
  do {
    const { sources } = await reflector.ask("knock", { targets, copies, gapMs });
    for (const [index, from] of sources.entries()) knocked[index]?.push(...from);
    await new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
    const seen = await arrivals.seen();
    arrived = checks.map((at, index) => seen.some((arrival) => isOneOf(arrival, at, knocked[index] ?? [])));
  } while (checks.some(({ isForwarded }, index) => isForwarded && !arrived[index]) && performance.now() < until);
  return checks.map(({ protocol, port, isForwarded }, index) => {
    return { to, protocol, port, expected: isForwarded, observed: arrived[index] === true };
  });
}

/** Whether it came to that very port, and bears its true sender's address and port. */
function isOneOf(
  arrival: Arrival,
  { protocol, port }: ForwardToLookAt["checks"][number],
  senders: readonly TransportAddress[],
): boolean {
  const isSender = (one: TransportAddress) => formatTransportAddress(one) === formatTransportAddress(arrival.from);
  return arrival.protocol === protocol && arrival.port === port && senders.some(isSender);
}

/** By which outside addresses and ports the node's own datagrams leave; nothing where no UDP gets out. */
async function leave(
  { to: from, outside, leaving }: ForwardToLookAt,
  { udpPorts: [asked], reflector, pace }: ProbePlan,
  exec: (argv: string[]) => Promise<string>,
): Promise<LeavingCheck[]> {
  if (asked === undefined || leaving.length === 0) return [];
  const plan = JSON.stringify({ to: { address: reflector.addresses[0], port: asked }, ports: leaving, pace });
  const seen = JSON.parse(await exec(["node", `${AGENT_FOLDER}/leave.js`, plan])) as (string | null)[];
  return leaving.flatMap((port, index) => {
    const observed = seen[index] ?? null;
    // Some program of the node has the port, as it may when a lab is looked at for a second time.
    if (observed === "taken") return [];
    return [{ from, port, expected: formatTransportAddress({ address: outside, port }), observed }];
  });
}
