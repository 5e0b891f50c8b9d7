import type { Firewall } from "../lab/model/firewall.ts";
import { type LinkConditions, type LinkSpec, linkDirections } from "../lab/model/link.ts";
import type { NatBehaviour } from "../lab/model/nat.ts";
import type { RouterBehaviour } from "../lab/model/observed-nat.ts";
import { INTERNET, type PeerSpec, routerBehaviour, type Topology } from "../lab/model/topology.ts";

/** What a network is, in words made from its data alone. */

/** A NAT behaviour in the words of RFC 4787, and what its firewall keeps in; of a NAT that no UDP passes, only that. */
export function describeNat(behaviour: RouterBehaviour): string {
  const walls = describeFirewall(behaviour.firewall);
  const letsUdp =
    !behaviour.firewall.deny.includes("udp") &&
    (behaviour.firewall.allow === "all" || behaviour.firewall.allow.some((rule) => rule.startsWith("udp")));
  return [...(letsUdp ? [describeTranslation(behaviour)] : []), ...(walls === "" ? [] : [walls])].join("; ");
}

function describeTranslation({ mapping, filtering, ...rest }: NatBehaviour): string {
  const { hairpinning, portAllocation, addressing, mappingLifetimeMs, refreshedBy } = rest;
  const same = mapping === filtering;
  const ports =
    typeof portAllocation === "string"
      ? { preserving: "ports preserved", random: "random ports", sequential: "consecutive ports" }[portAllocation]
      : `a block of ${portAllocation.portsPerSubscriber} ports for each host`;
  return [
    same ? `mapping and filtering ${mapping}` : `mapping ${mapping}, filtering ${filtering}`,
    addressing === "one-to-one" ? "an outside address for each host" : ports,
    `${mappingLifetimeMs / 1000} s`,
    ...(refreshedBy === "outbound" ? ["refreshed from inside only"] : []),
    ...(hairpinning ? ["hairpinning"] : []),
  ].join(", ");
}

/** Empty where everything may leave. */
export function describeFirewall({ deny, allow, refuse, tlsOnly, proxy }: Firewall): string {
  const fate = refuse === "drop" ? "dropped" : "rejected";
  const only = allow === "all" || allow.length === 0 ? "" : `only ${allow.map(ruleWord).join(", ")} may leave`;
  return [
    ...(deny.length > 0 ? [`${deny.map(ruleWord).join(", ")} ${fate}`] : []),
    ...(only === "" ? [] : [`${only}, the rest is ${fate}`]),
    ...(allow !== "all" && allow.length === 0 ? [`nothing may leave, all is ${fate}`] : []),
    ...(tlsOnly.length > 0 ? [`only TLS on ${tlsOnly.join(", ")}`] : []),
    ...(proxy ? [`an HTTP CONNECT proxy to ${proxy.connectPorts.join(", ")}`] : []),
  ].join("; ");
}

/** `udp:3478` as `UDP 3478`. */
function ruleWord(rule: string): string {
  const [protocol = "", ports] = rule.split(":");
  return ports === undefined ? protocol.toUpperCase() : `${protocol.toUpperCase()} ${ports}`;
}

/** Empty for a bare wire. */
export function describeLink(link: LinkSpec): string {
  const { up, down } = linkDirections(link);
  const [upWords, downWords] = [describeConditions(up), describeConditions(down)];
  const mtu =
    link.mtu === undefined ? [] : [`MTU ${link.mtu}${link.fragmentationNeeded === false ? ", a black hole" : ""}`];
  const both = upWords === downWords ? [upWords] : [`up ${upWords || "bare"}`, `down ${downWords || "bare"}`];
  return [...both.filter((words) => words !== ""), ...mtu].join("; ");
}

function describeConditions({ latencyMs, jitterMs, loss, rateKbps, queueMs }: LinkConditions): string {
  return [
    ...(latencyMs ? [`${latencyMs} ms${jitterMs ? ` ± ${jitterMs} ms` : ""}`] : []),
    ...(loss ? [`${Number((loss * 100).toFixed(3))} % loss`] : []),
    ...(rateKbps ? [`${rateKbps} kbit/s${queueMs ? ` with a queue of ${queueMs} ms` : ""}`] : []),
  ].join(", ");
}

const FAMILIES = {
  ipv4: "",
  dual: "IPv4 and IPv6",
  ipv6: "IPv6 alone",
  nat64: "IPv6 alone, with NAT64 and DNS64",
} as const;

/** The networks around a peer, from the innermost outwards. */
export function describeSurroundings(topology: Topology, { behind, link, region }: PeerSpec): string {
  const own = link ? describeLink(link) : "";
  const wire = own === "" ? [] : [`a wire of ${own}`];
  if (behind === INTERNET) return [`a public address${inRegion(region)}`, ...wire].join("; ");
  const routers: string[] = [];
  for (let name: string | undefined = behind; name !== undefined && name !== INTERNET; ) {
    const spec: NonNullable<Topology["routers"]>[string] | undefined = topology.routers?.[name];
    if (!spec) break;
    const line = spec.link ? describeLink(spec.link) : "";
    // Without IPv4 inside, NAT is what NAT64 has, or nobody's.
    const nat =
      spec.ip === "ipv6" ? describeFirewall(routerBehaviour(spec).firewall) : describeNat(routerBehaviour(spec));
    routers.push(
      [FAMILIES[spec.ip ?? "ipv4"], nat, line === "" ? "" : `a line of ${line}`, inRegion(spec.region).trim()]
        .filter((words) => words !== "")
        .join("; "),
    );
    name = spec.upstream;
  }
  return [routers.join("; behind that, "), ...wire].join("; ");
}

const inRegion = (region: string | undefined) => (region === undefined ? "" : ` in ${region}`);
