import { BlockList } from "node:net";
import { type Finding, shown } from "./finding.ts";
import type { ConfigLine } from "./parse-config.ts";
import { isAddress, readExternal } from "./read-value.ts";
import type { Settings } from "./settings.ts";

/**
 * Where a file wants its server to stand. With both addresses it stands behind a cloud's one-to-one NAT; with a public
 * one alone, on the internet; with neither, wherever the lab has an address for it.
 */
export type ServerPlace = { publicAddress: string | null; privateAddress: string | null };

/** What a machine has besides its own address, or means any of them. */
const NO_PLACE = new BlockList();
NO_PLACE.addSubnet("127.0.0.0", 8);
NO_PLACE.addAddress("0.0.0.0");

/** RFC 1918, RFC 6598, RFC 3927: what is behind a NAT. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet("10.0.0.0", 8);
PRIVATE.addSubnet("172.16.0.0", 12);
PRIVATE.addSubnet("192.168.0.0", 16);
PRIVATE.addSubnet("100.64.0.0", 10);
PRIVATE.addSubnet("169.254.0.0", 16);

type Told = { address: string; line: ConfigLine };

/**
 * The place that `external-ip`, `relay-ip` and `listening-ip` say together, and what in them does not fit one machine.
 * `limits`: what would, and a lab cannot have.
 */
export function readPlace(settings: Settings): { place: ServerPlace; findings: Finding[]; limits: Finding[] } {
  const externals = settings.linesOf("external-ip").flatMap((line) => {
    const external = readExternal(line.value);
    return external ? [{ ...external, line }] : [];
  });
  const publics = externals.map(({ publicAddress, line }) => ({ address: publicAddress, line }));
  const mapped = externals.flatMap(({ privateAddress, line }) =>
    privateAddress === undefined ? [] : [{ address: privateAddress, line }],
  );
  const own = ["relay-ip", "listening-ip"].flatMap((option) =>
    settings.linesOf(option).map((line) => ({ address: line.value.trim(), line })),
  );
  const all = [...publics, ...mapped, ...own].filter(({ address }) => isAddress(address));
  const limits = all.filter(({ address }) => isOwnIPv6(address)).map(({ address, line }) => ipv6Finding(address, line));
  const findings: Finding[] = [];
  const told = (list: readonly Told[]) => list.filter(({ address }) => isPlace(address));

  const again = repeatedPlain(externals);
  const [first, ...otherPublics] = distinct(told(publics)).filter(
    ({ line }) => !again.some((finding) => finding.line === line.number),
  );
  const others = distinct(told([...mapped, ...own])).filter(({ address }) => address !== first?.address);
  const [second, ...otherPrivates] = others;
  findings.push(
    ...again,
    ...otherPublics.map(({ address, line }) =>
      misfit(line, `one machine, with the public address ${first?.address}`, address),
    ),
    ...otherPrivates.map(({ address, line }) =>
      misfit(line, `one machine, whose own address is ${second?.address}`, address),
    ),
  );
  if (!first) return { place: withoutExternal(second, findings), findings, limits };
  if (second && !isPrivate(second.address)) {
    findings.push(
      misfit(second.line, `the public address ${first.address}, or a private one behind it`, second.address),
    );
  }
  return { place: { publicAddress: first.address, privateAddress: second?.address ?? null }, findings, limits };
}

/** Without `external-ip` a relayed address is the server's own, be it one that nobody can reach. */
function withoutExternal(own: Told | undefined, findings: Finding[]): ServerPlace {
  if (!own) return { publicAddress: null, privateAddress: null };
  if (!isPrivate(own.address)) return { publicAddress: own.address, privateAddress: null };
  findings.push({
    rule: "external-ip-missing",
    severity: "warning",
    line: own.line.number,
    expected: `external-ip=PUBLIC/${own.address} beside a private ${own.line.key}`,
    found: "no external-ip",
    hint: `Clients are given relayed addresses at ${own.address}, which nobody on the internet reaches.`,
  });
  return { publicAddress: null, privateAddress: own.address };
}

function repeatedPlain(externals: readonly { privateAddress?: string; line: ConfigLine }[]): Finding[] {
  const plain = externals.filter(({ privateAddress }) => privateAddress === undefined);
  return plain.slice(1).map(({ line }) => ({
    rule: "external-ip-repeated",
    severity: "fault",
    line: line.number,
    expected: `external-ip once without a private part: line ${plain[0]?.line.number} has it`,
    found: shown(line.value),
    hint: "coturn keeps the first.",
  }));
}

function misfit(line: ConfigLine, expected: string, address: string): Finding {
  return {
    rule: "place",
    severity: "fault",
    line: line.number,
    expected,
    found: `${line.key} with ${address}`,
    hint: "A server of the lab has one address of its own, and one under which the internet knows it.",
  };
}

function ipv6Finding(address: string, line: ConfigLine): Finding {
  return {
    rule: "place",
    severity: "fault",
    line: line.number,
    expected: `an IPv4 address for ${line.key}`,
    found: address,
    hint: "IPv6 addresses in the lab are its own, and never those of a file.",
  };
}

const isOwnIPv6 = (address: string) => address.includes(":") && address !== "::" && address !== "::1";
/** Whether it is an IPv4 address at which one machine can be reached from others. */
export const isPlace = (address: string) => isAddress(address) && !address.includes(":") && !NO_PLACE.check(address);
const isPrivate = (address: string) => PRIVATE.check(address);

function distinct(list: readonly Told[]): Told[] {
  return list.filter(({ address }, index) => list.findIndex((other) => other.address === address) === index);
}
