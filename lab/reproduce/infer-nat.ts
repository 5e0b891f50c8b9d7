import type { Reason } from "../model/diagnosis.ts";
import type { Evidence, Seen } from "../model/evidence.ts";
import type { Candidate } from "../model/ice.ts";
import { addressKind, isIpv6, subnetOf } from "./address-kind.ts";
import type { Conclusion } from "./conclusion.ts";
import type { FieldEnd } from "./field-ends.ts";

/** What an end's candidates, and what a capture of its requests, say about the NATs in front of it. */
export function inferNat(end: FieldEnd, far: FieldEnd, evidence: Evidence): Conclusion[] {
  return [
    ...natPresence(end),
    ...(mappingByCandidates(end) ?? mappingByPackets(end, evidence) ?? mappingByFarEnd(end, far) ?? []),
    ...carrierNat(end),
    ...hiddenHosts(end),
    ...families(end),
    ...interfaces(end),
  ];
}

const ofType = ({ seen }: FieldEnd, type: Candidate["type"]): Seen<Candidate>[] =>
  seen.candidates.filter((one) => one.type === type && one.protocol === "udp");

const at = ({ address, port }: { address: string; port: number }) =>
  `${isIpv6(address) ? `[${address}]` : address}:${port}`;

function natPresence(end: FieldEnd): Conclusion[] {
  const hosts = ofType(end, "host").filter(({ address }) => !isIpv6(address));
  const own = ofType(end, "srflx").find(({ address, relatedAddress }) => address === relatedAddress);
  const open = hosts.find(({ address }) => addressKind(address) === "public");
  const proof = own ?? open;
  if (proof) {
    return [
      {
        fact: "nat",
        of: end.name,
        value: "none",
        confidence: own || ofType(end, "srflx").some(({ address }) => address === open?.address) ? "certain" : "likely",
        text: `${end.name} has ${proof.address} itself: no NAT in front of it`,
        because: [{ text: `${proof.type} candidate ${at(proof)}`, at: proof.at }],
      },
    ];
  }
  const outside = ofType(end, "srflx").find(({ address }) => !isIpv6(address) && addressKind(address) === "public");
  if (!outside) return [];
  return [
    {
      fact: "nat",
      of: end.name,
      value: "present",
      confidence: hosts.length > 0 ? "certain" : "likely",
      text: `${end.name} stands behind a NAT whose outside address is ${outside.address}`,
      because: [{ text: `srflx candidate ${at(outside)}`, at: outside.at }],
    },
  ];
}

/**
 * Several srflx of one base (RFC 8445 section 5.1.1.2): one outside port for all servers, or one for each. Two of different
 * bases say nothing, nor do two answers of one server.
 */
function mappingByCandidates(end: FieldEnd): Conclusion[] | null {
  const srflx = ofType(end, "srflx").flatMap((one) => {
    const base = baseOf(one, end);
    return base === null || one.address === one.relatedAddress ? [] : [{ one, ...base }];
  });
  for (const { one, base, isTold } of srflx) {
    const found = srflx.find(
      (two) => two.base === base && isIpv6(two.one.address) === isIpv6(one.address) && at(two.one) !== at(one),
    );
    if (!found || (one.url !== undefined && one.url === found.one.url)) continue;
    const other = found.one;
    const isSure = isTold && one.url !== undefined && other.url !== undefined;
    return [
      dependent(end, isSure ? "certain" : "likely", `${base} is ${at(one)} to one server and ${at(other)} to another`, [
        { text: `srflx candidate ${at(one)} of ${base}${from(one)}`, at: one.at },
        { text: `srflx candidate ${at(other)} of the same base${from(other)}`, at: other.at },
      ]),
    ];
  }
  return null;
}

/**
 * Which socket a srflx is of. A browser that hides its addresses hides this one too (`raddr 0.0.0.0 rport 0`): then it is known
 * where there is one socket only. Null: not known.
 */
function baseOf({ relatedAddress, relatedPort }: Candidate, end: FieldEnd): { base: string; isTold: boolean } | null {
  const isTold = relatedPort !== undefined && relatedPort !== 0;
  if (isTold && relatedAddress !== undefined && addressKind(relatedAddress) !== "unspecified") {
    return { base: at({ address: relatedAddress, port: relatedPort }), isTold };
  }
  const [host, ...others] = ofType(end, "host");
  if (!host || others.length > 0 || (isTold && relatedPort !== host.port)) return null;
  return { base: `its only socket, port ${host.port}`, isTold: false };
}

const from = ({ url }: Candidate) => (url === undefined ? "" : ` from ${url}`);

function dependent(
  end: FieldEnd,
  confidence: Conclusion["confidence"],
  what: string,
  because: Reason[],
): Conclusion<"nat_mapping"> {
  return {
    fact: "nat_mapping",
    of: end.name,
    // Address-dependent ones look alike from servers at different addresses, and need a relay where these do.
    value: "address-and-port-dependent",
    confidence,
    text: `the NAT of ${end.name} has another outside port for each destination ("symmetric"): ${what}`,
    because,
  };
}

/** The same of a capture: XOR-MAPPED-ADDRESS of one socket's questions to different servers. */
function mappingByPackets(end: FieldEnd, { packets }: Evidence): Conclusion[] | null {
  const own = new Set(ofType(end, "host").map(at));
  const answered = packets
    .flatMap(({ transactions }) => transactions)
    .filter(
      ({ transport, isCheck, mapped, from, outcome }) =>
        transport === "udp" && !isCheck && mapped !== null && mapped !== from && outcome === "success" && own.has(from),
    );
  for (const one of answered) {
    const others = answered.filter((other) => other.from === one.from && other.to !== one.to);
    const other = others.find(({ mapped }) => mapped !== one.mapped);
    const reasons = (second: (typeof answered)[number]): Reason[] => [
      { text: `${one.to} saw ${one.from} as ${one.mapped}`, at: one.at },
      { text: `${second.to} saw it as ${second.mapped}`, at: second.at },
    ];
    if (other) return [dependent(end, "certain", `${one.from} is ${one.mapped} and ${other.mapped}`, reasons(other))];
    const same = others.find(({ mapped }) => mapped === one.mapped);
    if (!same) continue;
    return [
      {
        fact: "nat_mapping",
        of: end.name,
        value: "endpoint-independent",
        confidence: "certain",
        text: `the NAT of ${end.name} has one outside port for all destinations: ${one.from} is ${one.mapped} to both`,
        because: reasons(same),
      },
    ];
  }
  return null;
}

/** The far end saw checks of this one come from another port than any that a server told. */
function mappingByFarEnd(end: FieldEnd, far: FieldEnd): Conclusion[] | null {
  const srflx = ofType(end, "srflx");
  const seen = far.seen.pairs.find(
    ({ remote }) =>
      remote.type === "prflx" &&
      srflx.some(({ address }) => address === remote.address) &&
      !end.seen.candidates.some(({ address, port }) => address === remote.address && port === remote.port),
  );
  if (!seen) return null;
  const told = srflx.find(({ address }) => address === seen.remote.address);
  if (!told) return null;
  return [
    dependent(end, "likely", `a server saw ${at(told)}, and ${far.name} saw checks from port ${seen.remote.port}`, [
      { text: `srflx candidate ${at(told)}`, at: told.at },
      { text: `pair with a remote prflx candidate ${at(seen.remote)}`, at: seen.at },
    ]),
  ];
}

function carrierNat(end: FieldEnd): Conclusion[] {
  const srflx = ofType(end, "srflx");
  // Overlays such as Tailscale number from 100.64.0.0/10 too: it must be what the way out begins with.
  const direct = srflx.find(
    ({ relatedAddress, address }) =>
      addressKind(relatedAddress ?? "") === "carrier" && addressKind(address) === "public",
  );
  if (direct) {
    return [
      {
        fact: "carrier_nat",
        of: end.name,
        value: "direct",
        confidence: "likely",
        text: `${end.name} has ${direct.relatedAddress}, a carrier's address (100.64.0.0/10): a carrier NAT (CGNAT)`,
        because: [{ text: `srflx candidate ${at(direct)} of base ${direct.relatedAddress}`, at: direct.at }],
      },
    ];
  }
  const between = srflx.find(
    ({ address, relatedAddress }) =>
      ["carrier", "private"].includes(addressKind(address)) && address !== relatedAddress,
  );
  if (!between) return [];
  const isCarrier = addressKind(between.address) === "carrier";
  return [
    {
      fact: "carrier_nat",
      of: end.name,
      value: "behind-router",
      confidence: isCarrier ? "likely" : "possible",
      text: `a server saw ${end.name} as ${between.address}, which is no public address: a second NAT further out`,
      because: [{ text: `srflx candidate ${at(between)}`, at: between.at }],
    },
  ];
}

function hiddenHosts(end: FieldEnd): Conclusion[] {
  const hidden = ofType(end, "host").find(({ address }) => addressKind(address) === "hidden");
  if (!hidden) return [];
  return [
    {
      fact: "hidden_hosts",
      of: end.name,
      value: true,
      confidence: "certain",
      text: `${end.name} hides its host addresses behind mDNS names, which only its own LAN can look up`,
      because: [
        { text: `host candidate ${hidden.address === "" ? "without an address" : hidden.address}`, at: hidden.at },
      ],
    },
  ];
}

function families(end: FieldEnd): Conclusion[] {
  const told = end.seen.candidates.filter(
    ({ type, address }) =>
      (type === "host" || type === "srflx") && !["hidden", "link-local", "loopback"].includes(addressKind(address)),
  );
  const ipv6 = told.find(({ address }) => isIpv6(address));
  const ipv4 = told.find(({ address }) => !isIpv6(address));
  const proof = ipv6 ?? ipv4;
  if (!proof) return [];
  const isWhole =
    end.seen.isGatheringComplete === true &&
    !end.seen.candidates.some(({ address }) => addressKind(address) === "hidden");
  const value = ipv6 ? (ipv4 ? "dual" : "ipv6") : "ipv4";
  return [
    {
      fact: "ip_family",
      of: end.name,
      value,
      confidence: value === "dual" ? "certain" : isWhole ? "likely" : "possible",
      text: {
        dual: `${end.name} has IPv4 and IPv6`,
        ipv6: `${end.name} shows IPv6 alone`,
        ipv4: `${end.name} shows no IPv6`,
      }[value],
      because: [proof, ...(ipv6 && ipv4 ? [ipv4] : [])].map((one) => ({
        text: `${one.type} candidate ${at(one)}`,
        at: one.at,
      })),
    },
  ];
}

function interfaces(end: FieldEnd): Conclusion[] {
  const hosts = ofType(end, "host").filter(
    ({ address }) => !isIpv6(address) && ["private", "carrier", "public"].includes(addressKind(address)),
  );
  const each = hosts.filter(
    ({ address }, index) => hosts.findIndex((other) => subnetOf(other.address) === subnetOf(address)) === index,
  );
  if (each.length < 2) return [];
  const addresses = each.map(({ address }) => address);
  return [
    {
      fact: "interfaces",
      of: end.name,
      value: addresses,
      confidence: "possible",
      text: `${end.name} has several networks (${addresses.join(", ")}): a VPN, containers, or two ways out`,
      because: each.map((one) => ({ text: `host candidate ${at(one)}`, at: one.at })),
    },
  ];
}
