import type { EndpointDependence } from "../model/nat.ts";
import type { ProbePlan, TcpInbound } from "./agent/probe-protocol.ts";
import type { Observer } from "./network.ts";
import type { ProbeHost } from "./probe-host.ts";

const UNKNOWN: TcpInbound = { filtering: null, unsolicitedRefused: null, sourceKept: null };

/**
 * Who of the reflector's addresses gets a TCP connection to an inside port that is connected to the first one. The host
 * inside says when silence counts; until then nobody gives up.
 */
export async function probeTcpInbound(host: ProbeHost, reflector: Observer, plan: ProbePlan): Promise<TcpInbound> {
  const { mapped } = await host.process.ask("tcp-open", plan);
  if (mapped === null) return UNKNOWN;
  await reflector.ask("connect-in", { to: mapped, copies: plan.pace.copies });
  const { from } = await host.process.ask("tcp-accepted", { reflector: plan.reflector.addresses[0] });
  const { refused, ports } = await reflector.ask("connected-in", { to: mapped });
  if (from === null) return UNKNOWN;
  return {
    filtering: tcpFiltering(from, plan.reflector.addresses),
    unsolicitedRefused: refused > 0,
    sourceKept: from.length === 0 ? null : from.every(({ port }) => ports.includes(port)),
  };
}

/** RFC 5382 section 4.3: whom a mapping towards the first address lets in. */
function tcpFiltering(from: { address: string }[], [first, second]: readonly [string, string]): EndpointDependence {
  if (from.some(({ address }) => address === second)) return "endpoint-independent";
  return from.some(({ address }) => address === first) ? "address-dependent" : "address-and-port-dependent";
}
