import type { EndpointDependence } from "../model/nat.ts";
import type { ProbePlan, TcpInbound } from "./agent/probe-protocol.ts";
import type { Observer } from "./network.ts";
import type { ProbeHost } from "./probe-host.ts";

/** What connections from outside get at least, before they count as unanswered. */
const CONNECT_IN_MS = 40;

/** Who of the reflector's addresses gets a TCP connection to an inside port that is connected to the first one. */
export async function probeTcpInbound(host: ProbeHost, reflector: Observer, plan: ProbePlan): Promise<TcpInbound> {
  const { mapped, rttMs } = await host.process.ask("tcp-open", plan);
  if (mapped === null || rttMs === null) return { filtering: null, unsolicitedRefused: null };
  const { copies } = plan.pace;
  const ms = CONNECT_IN_MS + 4 * rttMs;
  const { refused } = await reflector.ask("connect-in", { to: mapped, copies, ms });
  const { from } = await host.process.ask("tcp-accepted", { reflector: plan.reflector.addresses[0] });
  if (from === null) return { filtering: null, unsolicitedRefused: null };
  return { filtering: tcpFiltering(from, plan.reflector.addresses), unsolicitedRefused: refused > 0 };
}

/** RFC 5382 section 4.3: whom a mapping towards the first address lets in. */
function tcpFiltering(from: { address: string }[], [first, second]: readonly [string, string]): EndpointDependence {
  if (from.some(({ address }) => address === second)) return "endpoint-independent";
  return from.some(({ address }) => address === first) ? "address-dependent" : "address-and-port-dependent";
}
