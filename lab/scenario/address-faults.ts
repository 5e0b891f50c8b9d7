import { BlockList, isIPv4 } from "node:net";
import { LAN_HOSTS } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { whyNotPublic } from "./public-address.ts";
import { membersAt, valueAt } from "./read.ts";
import { LAN, type NetworkReader, readNetwork } from "./read-network.ts";
import { hasIpv6 } from "./router-faults.ts";

/** RFC 1918, and what carriers have between themselves and their subscribers (RFC 6598). */
const PRIVATE = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
] as const;

/** Faults of the addresses that routers and servers are given: public ones, LANs, and hosts on a LAN. */
export function addressFaults(value: unknown): Fault[] {
  const network = readNetwork(value);
  const routers = membersAt(value, "topology", "routers");
  return [
    ...routers.flatMap(([name, router]) => [
      ...routerAddressFaults(name, router, network),
      ...lanFaults(name, router, network),
    ]),
    ...publicAddressFaults(value, network),
    ...privateAddressFaults(value, network),
  ];
}

function routerAddressFaults(name: string, router: unknown, { addressingOf }: NetworkReader): Fault[] {
  const address = valueAt(router, ["publicAddress"]);
  if (typeof address !== "string") return [];
  const place = `topology.routers.${name}.publicAddress`;
  const upstream = valueAt(router, ["upstream"]);
  if (typeof upstream === "string") {
    const expected = "none of a router behind another: its outside is on that one's LAN";
    return [{ place, expected, found: `${show(address)}, with upstream ${show(upstream)}` }];
  }
  if (valueAt(router, ["ip"]) === "ipv6") {
    return [{ place, expected: "none of a router without IPv4", found: `${show(address)}, with ip "ipv6"` }];
  }
  if (addressingOf(name) !== "one-to-one") return [];
  const expected = "none of a router with one-to-one addressing: each host inside has an outside address of its own";
  return [{ place, expected, found: show(address), hint: "Give the server behind it the publicAddress." }];
}

function lanFaults(name: string, router: unknown, { outsideOf, subnetOf }: NetworkReader): Fault[] {
  const lan = valueAt(router, ["lan"]);
  if (typeof lan !== "string") return [];
  const place = `topology.routers.${name}.lan`;
  const ip = valueAt(router, ["ip"]);
  if (ip === "ipv6" || ip === "nat64") {
    return [{ place, expected: `none where the LAN has no IPv4: ip is ${show(ip)}`, found: show(lan) }];
  }
  if (!LAN.test(lan) || !isPrivate(lan.slice(0, -"/24".length))) {
    const expected = "a private IPv4 /24 (RFC 1918, RFC 6598), such as 10.128.0.0/24";
    return [{ place, expected, found: show(lan) }];
  }
  const other = outsideOf(name).find((outer) => `${subnetOf(outer)}.0/24` === lan);
  if (other === undefined) return [];
  const expected = "another /24 than those of the routers that this one stands behind";
  return [{ place, expected, found: `${lan}, which ${other} has inside` }];
}

function isPrivate(address: string): boolean {
  const blocks = new BlockList();
  for (const [network, prefix] of PRIVATE) blocks.addSubnet(network, prefix);
  return isIPv4(address) && blocks.check(address);
}

/**
 * Whose address a public one is: a server's own, or the outermost router's, which all servers behind it are known by
 * unless it gives each host an address.
 */
type Given = { place: string; name: string; address: string; owner: string };

function publicAddressFaults(value: unknown, network: NetworkReader): Fault[] {
  const given = [
    ...membersAt(value, "topology", "routers").map(([name, spec]) => ({ kind: "routers", name, spec, owner: name })),
    ...membersAt(value, "topology", "turnServers").map(([name, spec]) => ({
      kind: "turnServers",
      name,
      spec,
      owner: sharedRouterOf(spec, network) ?? name,
    })),
  ].flatMap(({ kind, name, spec, owner }): Given[] => {
    const address = valueAt(spec, ["publicAddress"]);
    return typeof address === "string"
      ? [{ place: `topology.${kind}.${name}.publicAddress`, name, address, owner }]
      : [];
  });
  return given.flatMap(({ place, name, address, owner }, index): Fault[] => {
    const why = whyNotPublic(address);
    if (why !== null) {
      return [
        {
          place,
          expected: "a globally routable unicast IPv4 address outside of the lab's own",
          found: `${show(address)}: ${why}`,
          hint: "Give the server's real public address, or leave it out: the lab then chooses one. Nothing leaves the lab.",
        },
      ];
    }
    const before = given.slice(0, index);
    const user = before.find((other) => other.address === address && other.owner !== owner);
    if (user) return [{ place, expected: "an address of its own", found: `${address}, which ${user.name} has` }];
    const same = before.find((other) => other.owner === owner && other.address !== address);
    if (!same || owner === name) return [];
    const expected = `${same.address}, which ${same.name} has: behind ${owner} all are known by its one address`;
    return [{ place, expected, found: address, hint: "Leave it out here: it is the router's." }];
  });
}

/** The outermost router of a server whose outside address is that router's own; null for other servers. */
export function sharedRouterOf(server: unknown, { routerAt, addressingOf, outsideOf }: NetworkReader): string | null {
  const behind = valueAt(server, ["behind"]);
  if (typeof behind !== "string" || routerAt(behind) === undefined || addressingOf(behind) !== "shared") return null;
  return outsideOf(behind).at(-1) ?? behind;
}

function privateAddressFaults(value: unknown, { routerAt, subnetOf }: NetworkReader): Fault[] {
  const users = new Map<string, string>();
  return membersAt(value, "topology", "turnServers").flatMap(([name, server]): Fault[] => {
    const [address, behind] = [valueAt(server, ["privateAddress"]), valueAt(server, ["behind"])];
    if (typeof address !== "string") return [];
    const place = `topology.turnServers.${name}.privateAddress`;
    const router = routerAt(behind);
    if (router === undefined || typeof behind !== "string") {
      // A router that is none is told at `behind`.
      if (behind !== undefined && behind !== "internet") return [];
      const expected = "none of a server on the internet: its address is its publicAddress";
      return [{ place, expected, found: show(address), hint: "Say behind which router it stands." }];
    }
    if (hasIpv6(router) && valueAt(router, ["ip"]) !== "dual") return [];
    const subnet = subnetOf(behind);
    const host = Number(address.slice(address.lastIndexOf(".") + 1));
    const { first, last } = LAN_HOSTS;
    if (!isIPv4(address) || !address.startsWith(`${subnet}.`)) {
      const hint = `The LAN is ${subnet}.0/24; topology.routers.${behind}.lan makes it another.`;
      return [{ place, expected: `an address on the LAN of ${behind}`, found: show(address), hint }];
    }
    if (host < first || host > last) {
      const expected = `${subnet}.${first} to ${subnet}.${last}: the others are the router's and the lab's`;
      return [{ place, expected, found: show(address) }];
    }
    const key = `${behind} ${address}`;
    const user = users.get(key);
    users.set(key, user ?? name);
    if (user === undefined) return [];
    return [{ place, expected: "an address of its own", found: `${show(address)}, which ${user} has` }];
  });
}
