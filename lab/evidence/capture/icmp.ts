import type { Packet } from "./packet.ts";

type Icmp = Extract<Packet, { kind: "icmp" }>;

/** RFC 792, RFC 1812 section 5.2.7.1. */
const UNREACHABLE_4: Record<number, string> = {
  0: "network unreachable",
  1: "host unreachable",
  2: "protocol unreachable",
  3: "port unreachable",
  5: "source route failed",
  6: "network unknown",
  7: "host unknown",
  9: "network administratively prohibited",
  10: "host administratively prohibited",
  13: "communication administratively prohibited",
};
/** RFC 4443 section 3.1. */
const UNREACHABLE_6: Record<number, string> = {
  0: "no route to destination",
  1: "communication administratively prohibited",
  2: "beyond scope of source address",
  3: "address unreachable",
  4: "port unreachable",
  5: "source address failed policy",
  6: "route to destination rejected",
};

/** An ICMP error in words; null for echoes, router discovery and the like. */
export function icmpError({ version, type, code, mtu }: Icmp): string | null {
  if (version === 4) {
    if (type === 3 && code === 4) return `fragmentation needed, MTU ${mtu}`;
    if (type === 3) return UNREACHABLE_4[code] ?? `unreachable, code ${code}`;
    if (type === 11) return code === 0 ? "TTL exceeded" : "fragment reassembly time exceeded";
    return null;
  }
  if (type === 1) return UNREACHABLE_6[code] ?? `unreachable, code ${code}`;
  if (type === 2) return `packet too big, MTU ${mtu}`;
  if (type === 3) return code === 0 ? "TTL exceeded (hop limit)" : "fragment reassembly time exceeded";
  return null;
}

/** `udp 10.0.0.2:5000 to 81.2.0.10:3478`. */
export const aboutOf = ({ about }: Icmp): string | null => about && `${about.protocol} ${about.from} to ${about.to}`;
