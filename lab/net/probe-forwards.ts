import type { ForwardCheck, LeavingCheck, ObservedNat } from "../model/observed-nat.ts";
import { formatTransportAddress, type TransportAddress } from "../stun/transport-address.ts";
import type { ProbePlan } from "./agent/probe-protocol.ts";
import { type Arrival, Arrivals } from "./arrivals.ts";
import { AGENT_FOLDER, type Observer } from "./network.ts";
import { type ForwardToLookAt, planForwardChecks } from "./plan-forwards.ts";
import type { ProbeSetting } from "./probe-router.ts";

type Forwards = Pick<ObservedNat, "forwards" | "leaving">;
/** On a stalled machine an earlier packet is there this long after a later one. */
const BEHIND_MS = 20;

/**
 * Somebody outside sends to each port that leads to a node inside, and to those beside them; what arrives is seen in the
 * node's own namespace, with the sender's address and port. Then the node sends from such a port itself. Empty where the
 * router forwards nothing.
 */
export async function probeForwards(
  router: string,
  { fabric, plan, pids }: ProbeSetting,
  reflector: Observer,
  probePlan: ProbePlan,
): Promise<Forwards> {
  const byNode = Map.groupBy(planForwardChecks(plan, router), ({ to, inside }) => `${to} ${inside}`);
  if (byNode.size === 0) return {};
  const nodes = [...byNode.values()].map(async (checks) => {
    const [{ to = "", inside = "" } = {}] = checks;
    const pid = pids[to];
    if (pid === undefined) throw new Error(`no container for ${to}`);
    await using arrivals = await Arrivals.watch(fabric, pid, inside, probePlan.reflector.addresses);
    const [forwards, leaving] = await Promise.all([
      lookAt(checks, reflector, arrivals, probePlan),
      leave(checks, probePlan, (argv) => fabric.exec(argv, { netns: pid })),
    ]);
    return { forwards, leaving };
  });
  const seen = await Promise.all(nodes);
  return { forwards: seen.flatMap(({ forwards }) => forwards), leaving: seen.flatMap(({ leaving }) => leaving) };
}

/** Ports beside come first: when those behind them have arrived, they would have. */
async function lookAt(
  checks: readonly ForwardToLookAt[],
  reflector: Observer,
  arrivals: Arrivals,
  { pace }: ProbePlan,
): Promise<ForwardCheck[]> {
  const inOrder = checks.toSorted((a, b) => Number(a.isForwarded) - Number(b.isForwarded));
  const targets = inOrder.map(({ protocol, outside, port }) => ({ protocol, to: { address: outside, port } }));
  const until = performance.now() + pace.patienceMs;
  const knocked: TransportAddress[][] = checks.map(() => []);
  const hasArrived = (seen: readonly Arrival[]) =>
    inOrder.map(({ protocol, port }, index) =>
      seen.some((one) => {
        const isTrue = knocked[index]?.some(
          (from) => formatTransportAddress(from) === formatTransportAddress(one.from),
        );
        return one.protocol === protocol && one.port === port && isTrue;
      }),
    );
  let arrived: boolean[] = [];
  do {
    const { sources } = await reflector.ask("knock", { targets, copies: pace.copies, gapMs: pace.gapMs });
    for (const [index, from] of sources.entries()) knocked[index]?.push(...from);
    await new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
    arrived = hasArrived(await arrivals.seen());
  } while (inOrder.some(({ isForwarded }, index) => isForwarded && !arrived[index]) && performance.now() < until);
  return inOrder.map(({ to, protocol, port, isForwarded }, index) => {
    return { to, protocol, port, expected: isForwarded, observed: arrived[index] === true };
  });
}

/** From which outside address and port the node's own datagrams leave; nothing where no UDP gets out. */
async function leave(
  checks: readonly ForwardToLookAt[],
  { udpPorts: [asked], reflector, pace }: ProbePlan,
  exec: (argv: string[]) => Promise<string>,
): Promise<LeavingCheck[]> {
  const from = checks.filter(({ protocol, isForwarded }) => protocol === "udp" && isForwarded);
  if (asked === undefined || from.length === 0) return [];
  const [address] = reflector.addresses;
  const plan = JSON.stringify({ to: { address, port: asked }, ports: from.map(({ port }) => port), pace });
  const seen = JSON.parse(await exec(["node", `${AGENT_FOLDER}/leave.js`, plan])) as (string | null | "taken")[];
  return from.flatMap(({ to, outside, port }, index) => {
    const observed = seen[index] ?? null;
    // Some program of the node has the port: what it sends is seen when there are calls.
    if (observed === "taken") return [];
    return [{ from: to, port, expected: formatTransportAddress({ address: outside, port }), observed }];
  });
}
