import { parsePortRule } from "../../model/firewall.ts";
import { FIRST_SEQUENTIAL_PORT, NAT_PORTS, SEQUENTIAL_PORTS } from "../../model/nat.ts";
import { freeRanges, type PortRange, portRanges, sizeOf } from "../../model/port-ranges.ts";
import { matchPorts } from "./match-ports.ts";
import type { RouterFacts } from "./ruleset.ts";
import type { Translation } from "./translation.ts";

/**
 * A forward is a static mapping, both ways: who comes to the outside port gets to the host inside, whoever it is, and what
 * the host sends from its port leaves by the same one outside (as with PCP's MAP, RFC 6887 section 11, and Cisco's
 * `ip nat inside source static`). No other socket is ever given one of these ports.
 */
type Protocol = Translation["protocol"];
type Forwards = Pick<RouterFacts, "forwards">;

/** The rules of one protocol, each with its target. */
function rulesOf({ forwards }: Forwards, protocol: Protocol) {
  return forwards.flatMap(({ inside, ports }) =>
    ports.filter((rule) => parsePortRule(rule)?.protocol === protocol).map((rule) => ({ inside, rule })),
  );
}

/** All forwarded ports of a protocol, in order. */
export function forwardedPorts({ forwards }: Forwards, protocol: Protocol): PortRange[] {
  return portRanges(
    forwards.flatMap(({ ports }) => ports),
    protocol,
  );
}

/** `EXPRESSION { 3478, 49152-65535 } `, or nothing where no port of the protocol is forwarded. */
export function matchForwarded(facts: Forwards, protocol: Protocol, expression: string): string {
  const ports = forwardedPorts(facts, protocol).map(({ min, max }) => (min === max ? `${min}` : `${min}-${max}`));
  return ports.length === 0 ? "" : `${expression} { ${ports.join(", ")} } `;
}

/** Destination translation to the same port, of packets that come `from` somewhere. */
export function forwardTo(facts: RouterFacts, protocol: Protocol, from: string): string[] {
  return rulesOf(facts, protocol).map(({ inside, rule }) => {
    return `${from} ip daddr ${facts.wanAddress} ${matchPorts(rule)} dnat ip to ${inside}`;
  });
}

/** Source translation of what the hosts themselves send from these ports: by the same port. */
export function leaveForwarded(facts: RouterFacts, protocol: Protocol): string[] {
  return rulesOf(facts, protocol).map(({ inside, rule }) => {
    return `ip saddr ${inside} ${matchPorts(rule).replace("dport", "sport")} snat ip to ${facts.wanAddress}`;
  });
}

/** The largest range of ports that a NAT may draw from: none of them is forwarded. */
export function largestFreeRange(facts: Forwards, protocol: Protocol): PortRange {
  const [largest] = freeRanges(forwardedPorts(facts, protocol), NAT_PORTS).toSorted((a, b) => sizeOf(b) - sizeOf(a));
  if (!largest) throw new RangeError(`every ${protocol} port is forwarded: expected some for other mappings`);
  return largest;
}

/** Where ports that are handed out in turn begin, so that none of them is forwarded, for either protocol. */
export function firstInTurn(facts: Forwards): number {
  const taken = [...forwardedPorts(facts, "udp"), ...forwardedPorts(facts, "tcp")];
  const free = freeRanges(taken, { min: FIRST_SEQUENTIAL_PORT, max: NAT_PORTS.max });
  const found = free.find((range) => sizeOf(range) >= SEQUENTIAL_PORTS);
  if (!found) throw new RangeError(`expected ${SEQUENTIAL_PORTS} ports in a row that are not forwarded, found none`);
  return found.min;
}
