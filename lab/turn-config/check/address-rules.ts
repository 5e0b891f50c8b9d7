import { readExternal } from "../read-value.ts";
import { addressNumber, spanOfPrefix } from "./address-number.ts";
import type { CheckedConfig } from "./checked-config.ts";
import type { Rule } from "./rule.ts";

const CALLERS = "all users whose calls are relayed";

/** What nobody on the internet reaches (RFC 6890): private, shared, loopback, link-local, unspecified, multicast. */
const UNREACHABLE = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
  "::/127",
  "fc00::/7",
  "fe80::/10",
].map(spanOfPrefix);

/** For examples alone (RFC 5737, RFC 3849). */
const OF_EXAMPLES = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"].map(spanOfPrefix);

export const ADDRESS_RULES: readonly Rule[] = [
  {
    id: "external-ip-private",
    severity: "error",
    title: "An external-ip that nobody on the internet reaches.",
    find: (config) =>
      externals(config)
        .filter(
          ({ publicAddress }) => isIn(publicAddress, UNREACHABLE) && publicAddress !== config.needs?.publicAddress,
        )
        .map(({ publicAddress, line }) => ({
          line,
          option: "external-ip",
          expected: "the address under which the internet knows the server",
          found: publicAddress,
          reason:
            "Clients are given relayed addresses there (RFC 8656 section 7.2), and peers outside cannot send to them.",
          fix: `external-ip=${config.needs?.publicAddress ?? "PUBLIC"}/${publicAddress}`,
          affects: CALLERS,
        })),
  },
  {
    id: "external-ip-example",
    severity: "warning",
    title: "An external-ip out of the ranges for examples.",
    url: "https://www.rfc-editor.org/rfc/rfc5737",
    find: (config) =>
      externals(config)
        .filter(
          ({ publicAddress }) => isIn(publicAddress, OF_EXAMPLES) && publicAddress !== config.needs?.publicAddress,
        )
        .map(({ publicAddress, line }) => ({
          line,
          option: "external-ip",
          expected: "the server's own public address",
          found: publicAddress,
          reason: "It is an address for examples (RFC 5737, RFC 3849), which no network routes.",
          affects: CALLERS,
        })),
  },
  {
    id: "external-ip-other",
    severity: "error",
    title: "An external-ip that is not the address at which clients know the server.",
    find: (config) => {
      const known = config.needs?.publicAddress ?? null;
      const told = externals(config);
      const family = known === null ? null : addressNumber(known)?.family;
      const same = told.filter(({ publicAddress }) => addressNumber(publicAddress)?.family === family);
      if (known === null || same.length === 0 || same.some(({ publicAddress }) => publicAddress === known)) return [];
      return same.slice(0, 1).map(({ publicAddress, line, privateAddress }) => ({
        line,
        option: "external-ip",
        expected: `external-ip ${known}, where clients reach the server`,
        found: publicAddress,
        reason: "Relayed addresses are told there, and what peers send to them arrives at another machine.",
        fix: `external-ip=${known}${privateAddress === undefined ? "" : `/${privateAddress}`}`,
        affects: CALLERS,
      }));
    },
  },
  {
    id: "relays-ipv6",
    severity: "warning",
    title: "Relayed addresses are IPv6 unless a client asks for IPv4, and browsers do not ask.",
    url: "https://www.rfc-editor.org/rfc/rfc8656#section-18.6",
    find: (config) => {
      const option = "allocation-default-address-family";
      if (config.settings.textOf(option) !== "ipv6") return [];
      const own = ["relay-ip", "listening-ip"].map((name) => config.settings.valuesOf(name));
      const [stated = []] = own.filter(({ length }) => length > 0);
      const hasNone = stated.length > 0 && stated.every((address) => !address.includes(":"));
      return [
        {
          ...(hasNone ? { severity: "error" as const } : {}),
          line: config.lineNumber(option),
          option,
          expected: "ipv4, or keep",
          found: hasNone ? "ipv6, and no IPv6 address to relay at" : "ipv6",
          reason: hasNone
            ? "Every Allocate without a family is answered 440 Address Family not Supported (4.6.1, measured)."
            : "Such a relay reaches no IPv4 peer: 443 Peer Address Family Mismatch.",
          fix: `${option}=ipv4`,
          affects: CALLERS,
        },
      ];
    },
  },
];

function externals(config: CheckedConfig) {
  return config.settings.linesOf("external-ip").flatMap(({ value, number }) => {
    const external = readExternal(value);
    return external ? [{ ...external, line: number }] : [];
  });
}

function isIn(address: string, spans: readonly { family: 4 | 6; first: bigint; last: bigint }[]): boolean {
  const number = addressNumber(address);
  return (
    number !== null &&
    spans.some(({ family, first, last }) => family === number.family && first <= number.value && number.value <= last)
  );
}
