import { readExternal } from "../read-value.ts";
import { isCovered, spanOfPrefix } from "./address-number.ts";
import type { CheckedConfig } from "./checked-config.ts";
import type { AclRange } from "./peer-acl.ts";
import { INTERNAL_RANGES } from "./peer-ranges.ts";
import type { Rule, RuleFinding } from "./rule.ts";

const SERVER = "https://github.com/coturn/coturn/blob/4.17.1/src/server/ns_turn_server.c";
const IOADDR = "https://github.com/coturn/coturn/blob/4.17.1/src/client/ns_turn_ioaddr.c";
const BOTH_RELAYED = "two users who both need a relay: two phones, two offices";
const ALL_IPV4 = spanOfPrefix("0.0.0.0/0");

export const ACL_RULES: readonly Rule[] = [
  {
    id: "acl-from-zero",
    severity: "error",
    title: "A range that begins with :: or ends with zeros takes every IPv4 address with it.",
    url: IOADDR,
    find: (config) => [...config.acl.denied, ...config.acl.allowed].flatMap((range) => fromZero(range, config)),
  },
  {
    id: "acl-denies-own-relay",
    severity: "error",
    title: "The server denies its own relayed addresses: two relayed users cannot call each other.",
    url: "https://github.com/coturn/coturn/issues/584",
    find: (config) =>
      ownRelays(config).flatMap((address) => {
        const { isAllowed, line } = config.acl.verdictOn(address);
        if (isAllowed || line === null) return [];
        return [
          {
            // With a list of those who may be reached, the relays themselves may be left out on purpose.
            ...(isAllowList(config) ? { severity: "note" as const } : {}),
            line: line.number,
            option: line.key,
            expected: `${address}, the server's own relay, among the peers that are allowed`,
            found: `${line.key}=${line.value}`,
            reason:
              "Of two users who are both relayed here, each is the other's peer at the server's own address; external-ip is turned into it before ranges are looked at (ns_turn_msg.c, stun_attr_get_addr). They get 403 (coturn#584).",
            fix: `allowed-peer-ip=${address}`,
            affects: BOTH_RELAYED,
          },
        ];
      }),
  },
  {
    id: "acl-may-deny-own-relay",
    severity: "note",
    title: "Where the machine's own address is private, the server denies its own relays.",
    url: "https://github.com/coturn/coturn/issues/584",
    find: (config) => {
      const plain = config.settings.linesOf("external-ip").find(({ value }) => !value.includes("/"));
      const range = INTERNAL_RANGES.find(({ prefix }) => config.acl.isDenied(spanOfPrefix(prefix)));
      if (!plain || range === undefined || config.relayAddresses.length > 0 || config.acl.allowed.length > 0) return [];
      if (config.isStated("relay-ip") || config.isStated("listening-ip")) return [];
      return [
        {
          line: plain.number,
          option: "external-ip",
          expected: "external-ip=PUBLIC/PRIVATE on a machine behind a one-to-one NAT",
          found: `external-ip=${plain.value}`,
          reason:
            "On a cloud's machine with a private address, users who are both relayed get 403: peers at external-ip are turned into the private address, which is denied. PUBLIC/PRIVATE allows it (mainrelay.c). On a machine that has the public address itself all is well.",
          fix: `external-ip=${plain.value}/PRIVATE`,
          affects: BOTH_RELAYED,
        },
      ];
    },
  },
  {
    id: "acl-denies-everybody",
    severity: "error",
    title: "Every IPv4 peer is denied.",
    url: SERVER,
    find: ({ acl }) => {
      const line = acl.denied.find(({ span }) => isCovered(ALL_IPV4, [span]))?.line;
      if (line === undefined || acl.allowed.length > 0) return [];
      return [
        {
          line: line.number,
          option: line.key,
          expected: "peers that may be reached",
          found: `${line.key}=${line.value}, and no allowed-peer-ip`,
          reason: "The server answers 403 Forbidden IP, whoever the peer is.",
          affects: "all users whose calls are relayed",
        },
      ];
    },
  },
  {
    id: "acl-denies-peer",
    severity: "error",
    title: "A peer that clients must reach is denied.",
    url: SERVER,
    find: (config) =>
      (config.needs?.peerAddresses ?? []).flatMap((address) => {
        const { isAllowed, line } = config.acl.verdictOn(address);
        if (isAllowed) return [];
        const isBuiltIn = line === null;
        return [
          {
            line: line?.number ?? null,
            option: line?.key ?? "denied-peer-ip",
            expected: `relays to ${address}`,
            found: isBuiltIn
              ? `coturn ${config.version ?? ""} refuses it by itself`.replace("  ", " ")
              : `${line.key}=${line.value}`,
            reason: isBuiltIn
              ? "Loopback, multicast and, from 4.13.1 on, link-local and unique local peers are refused before allowed-peer-ip is looked at."
              : "The server answers 403 Forbidden IP, and calls to this peer have no relayed path. allowed-peer-ip wins over denied-peer-ip.",
            ...(isBuiltIn ? {} : { fix: `allowed-peer-ip=${address}` }),
            affects: `users who reach ${address} through the relay alone`,
          },
        ];
      }),
  },
  {
    id: "allowed-peer-ignored",
    severity: "error",
    title: "An allowed-peer-ip that coturn refuses all the same.",
    url: SERVER,
    find: (config) =>
      config.acl.allowed
        .filter(
          ({ span }) => span.first === span.last && config.acl.isBuiltIn({ family: span.family, value: span.first }),
        )
        .map(({ line }) => ({
          line: line.number,
          option: "allowed-peer-ip",
          expected: "a peer that coturn may allow",
          found: `${line.key}=${line.value}`,
          reason:
            "Loopback, 0.0.0.0/8, multicast with no-multicast-peers and, from 4.13.1 on, link-local and unique local peers are refused first (ns_turn_server.c, good_peer_addr).",
          affects: "users who reach this peer through the relay alone",
        })),
  },
];

function isAllowList({ acl }: CheckedConfig): boolean {
  return acl.allowed.length > 0 && acl.denied.some(({ span }) => isCovered(ALL_IPV4, [span]));
}

function fromZero({ span, line }: AclRange, config: CheckedConfig): RuleFinding[] {
  const isWide = span.last === 0n || (span.family === 6 && span.first === 0n);
  if (!isWide) return [];
  // In an allow-list, where all of IPv4 is denied by a range of its own, nothing is lost.
  const isMeant =
    line.key === "denied-peer-ip" &&
    config.acl.denied.some((other) => other.span.family === 4 && isCovered(ALL_IPV4, [other.span]));
  if (isMeant) return [];
  const isDenying = line.key === "denied-peer-ip";
  return [
    {
      line: line.number,
      option: line.key,
      expected: "a range that neither begins with :: nor ends with zeros",
      found: `${line.key}=${line.value}`,
      reason: `coturn takes zeros for no bound, and IPv4 for smaller than IPv6 (ns_turn_ioaddr.c, ioa_addr_in_range): every IPv4 peer is ${isDenying ? "denied" : "allowed"}. ::1 and 0.0.0.0/8 are denied without a line.`,
      ...(isDenying ? { affects: "all users whose calls are relayed" } : {}),
    },
  ];
}

/** Own relays as ranges see them: behind `external-ip` the machine's address, where the file names it. */
function ownRelays(config: CheckedConfig): string[] {
  const externals = config.settings.linesOf("external-ip").flatMap(({ value }) => readExternal(value) ?? []);
  const mapped = externals.flatMap(({ privateAddress }) => privateAddress ?? []);
  // From 4.5.2 on the private half is allowed by itself (mainrelay.c, "Whitelisting external-ip private part").
  const isAllowedAlready = (address: string) => mapped.includes(address) && !config.isBefore("4.5.2");
  const own = [...config.relayAddresses, ...mapped];
  const fallback = externals.flatMap(({ publicAddress, privateAddress }) =>
    privateAddress === undefined ? [publicAddress] : [],
  );
  const known = config.needs?.publicAddress;
  const addresses = own.length > 0 ? own : fallback.length > 0 ? fallback : known ? [known] : [];
  return [...new Set(addresses)].filter((address) => !isAllowedAlready(address));
}
