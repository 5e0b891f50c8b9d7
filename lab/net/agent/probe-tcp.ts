import type { ObservedNat } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { classifyMapping, classifyPorts } from "./port-allocation.ts";
import type { ProbePath } from "./probe-path.ts";
import { TcpFlow } from "./tcp-flow.ts";

/** Connections whose outside ports are compared. */
const CONNECTIONS = 4;

type SeenTcp = Pick<ObservedNat["tcp"], "mapping" | "portAllocation">;

/** RFC 5382 section 4.1: several connections from one inside port to different places, and others from other ports. */
export async function probeTcpMapping(path: ProbePath): Promise<SeenTcp> {
  const [first, second] = path.plan.tcpPorts;
  if (first === undefined) return { mapping: null, portAllocation: null };
  const [host] = path.plan.hosts;
  const flows: TcpFlow[] = [];
  const open = (address: 0 | 1, { port, isTls }: typeof first, localPort?: number) => {
    const flow = new TcpFlow({ to: path.at(address, port), isTls, proxy: null }, host, localPort);
    flows.push(flow);
    return flow;
  };
  // TCP sends again by itself what was lost.
  const mappedBy = async (flow: TcpFlow): Promise<TransportAddress | null> => {
    await Promise.race([flow.outcome, path.settlePatiently(() => flow.mapped !== null)]);
    return flow.mapped;
  };
  try {
    const ported = await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        const flow = open(0, first);
        const mapped = await mappedBy(flow);
        return { inside: flow.localPort, mapped };
      }),
    );
    const [base] = ported;
    const pairs = ported.flatMap(({ inside, mapped }) => (inside && mapped ? [{ inside, outside: mapped.port }] : []));
    if (!base?.mapped) return { mapping: null, portAllocation: null };
    const [elsewhere, otherPort] = await Promise.all([
      mappedBy(open(1, first, base.inside)),
      second && mappedBy(open(1, second, base.inside)),
    ]);
    const isComplete = elsewhere !== null && otherPort !== null;
    return {
      mapping: isComplete ? classifyMapping(base.mapped, elsewhere, otherPort) : null,
      portAllocation: pairs.length === CONNECTIONS ? classifyPorts(pairs) : null,
    };
  } finally {
    for (const flow of flows) flow.close();
  }
}
