import { bytesOf, spanOfPrefix } from "./address-number.ts";
import type { CheckedConfig } from "./checked-config.ts";
import { hasDtls, hasTls, listenersOf } from "./listeners.ts";
import type { Rule } from "./rule.ts";

/** A known hole of coturn, and whom it concerns. */
type Vulnerability = {
  id: string;
  what: string;
  url: string;
  /** The first version that has it, where older ones have not. */
  since?: string;
  fixedIn: string;
  /** Options that a server must have to be exposed; absent: every server is. */
  option?: string;
  isExposed?: (config: CheckedConfig) => boolean;
  /** Lines that close it without a newer version. */
  mitigation?: string;
  isMitigated?: (config: CheckedConfig) => boolean;
};

const MAPPED = "::ffff:0.0.0.0-::ffff:255.255.255.255";
const mayRelayIpv6 = ({ relaysIpv6 }: CheckedConfig) => relaysIpv6 !== "no";
const deniesMapped = ({ acl }: CheckedConfig) => acl.isDenied(spanOfPrefix("::ffff:0.0.0.0/96"));
const osv = (id: string) => `https://osv.dev/vulnerability/${id}`;
const advisory = (id: string) => `https://github.com/coturn/coturn/security/advisories/${id}`;

/** As of November 2026, oldest first. The first version without any of them is 4.17.0. */
export const VULNERABILITIES: readonly Vulnerability[] = [
  {
    id: "CVE-2020-6061",
    what: "a POST to the web interface reads beyond its buffer (and CVE-2020-6062: ends the server)",
    url: osv("CVE-2020-6061"),
    fixedIn: "4.5.1.2",
  },
  {
    id: "GHSA-c8r8-8vp5-6gcm",
    what: "padding of STUN answers shows bytes of other clients (CVE-2020-4067)",
    url: advisory("GHSA-c8r8-8vp5-6gcm"),
    fixedIn: "4.5.1.3",
  },
  {
    id: "CVE-2020-26262",
    what: "peers 0.0.0.0, [::1] and [::] reach the server's loopback",
    url: "https://github.com/EnableSecurity/advisories/tree/master/ES2021-01-coturn-access-control-bypass",
    fixedIn: "4.5.2",
    option: "denied-peer-ip",
    mitigation: "denied-peer-ip=0.0.0.0-0.255.255.255\ndenied-peer-ip=::1",
    isMitigated: ({ acl }) => acl.denied.some(({ line }) => line.value.trim().startsWith("0.0.0.0-0.")),
  },
  {
    id: "CVE-2025-69217",
    what: "nonces and relay ports can be foretold",
    url: osv("CVE-2025-69217"),
    since: "4.6.2",
    fixedIn: "4.8.0",
  },
  {
    id: "CVE-2026-27624",
    what: "peers ::ffff:a.b.c.d go round denied-peer-ip and the denial of loopback",
    url: osv("CVE-2026-27624"),
    fixedIn: "4.9.0",
    option: "denied-peer-ip",
    isExposed: mayRelayIpv6,
    mitigation: `denied-peer-ip=${MAPPED}`,
    isMitigated: deniesMapped,
  },
  {
    id: "CVE-2026-43994",
    what: "an OAuth token overflows the stack",
    url: osv("CVE-2026-43994"),
    fixedIn: "4.10.0",
    option: "oauth",
    isExposed: ({ settings }) => settings.isOn("oauth"),
  },
  {
    id: "CVE-2026-53448",
    what: "the web interface of the administrator takes SQL from requests",
    url: osv("CVE-2026-53448"),
    fixedIn: "4.12.0",
    option: "web-admin",
    isExposed: ({ settings }) => settings.isOn("web-admin"),
  },
  {
    id: "GHSA-w4hf-cr3w-6h79",
    what: "mapped IPv6 peers go round the denial of loopback",
    url: advisory("GHSA-w4hf-cr3w-6h79"),
    since: "4.9.0",
    fixedIn: "4.13.0",
    option: "denied-peer-ip",
    isExposed: mayRelayIpv6,
    mitigation: `denied-peer-ip=${MAPPED}`,
    isMitigated: deniesMapped,
  },
  {
    id: "CVE-2026-68553",
    what: "user names and realms are taken for formats of Redis commands",
    url: osv("CVE-2026-68553"),
    fixedIn: "4.13.0",
    option: "redis-userdb",
    isExposed: ({ settings }) => settings.lineOf("redis-userdb") !== null || settings.lineOf("redis-statsdb") !== null,
  },
  {
    id: "CVE-2026-73212",
    what: "NAT64, 6to4 and IPv4-compatible peers go round denied-peer-ip",
    url: osv("CVE-2026-73212"),
    fixedIn: "4.13.1",
    option: "denied-peer-ip",
    isExposed: mayRelayIpv6,
    mitigation:
      "denied-peer-ip=64:ff9b::-64:ff9b::ffff:ffff\ndenied-peer-ip=2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    isMitigated: ({ acl }) => ["64:ff9b::/96", "2002::/16"].every((prefix) => acl.isDenied(spanOfPrefix(prefix))),
  },
  {
    id: "CVE-2026-68552",
    what: "a length that wraps puts TCP and TLS streams out of step",
    url: osv("CVE-2026-68552"),
    fixedIn: "4.15.0",
    option: "no-tcp",
    isExposed: ({ settings, version }) => {
      const { tcp, tls } = listenersOf(settings, version);
      return tcp.length + tls.length > 0;
    },
  },
  {
    id: "CVE-2026-65981",
    what: "another user may resume a session that moved",
    url: advisory("GHSA-69wx-x7x6-pjj8"),
    fixedIn: "4.15.0",
    option: "mobility",
    isExposed: ({ settings }) => settings.isOn("mobility"),
  },
  {
    id: "CVE-2026-73213",
    what: "IPv6 ranges of denied-peer-ip are compared byte by byte, and deny less than they say",
    url: osv("CVE-2026-73213"),
    fixedIn: "4.16.0",
    option: "denied-peer-ip",
    isExposed: (config) =>
      mayRelayIpv6(config) && config.acl.denied.some(({ span }) => span.family === 6 && !isBox(span.first, span.last)),
  },
  {
    id: "CVE-2026-73214",
    what: "DTLS hellos from forged addresses fill the memory",
    url: osv("CVE-2026-73214"),
    fixedIn: "4.16.0",
    option: "no-dtls",
    isExposed: ({ settings, version }) => hasTls(settings) && hasDtls(settings, version),
    mitigation: "no-dtls",
  },
  {
    id: "CVE-2026-73215",
    what: "requests for even ports leak relay ports until none is left",
    url: osv("CVE-2026-73215"),
    fixedIn: "4.17.0",
  },
  {
    id: "CVE-2026-73216",
    what: "sessions that move go round quotas",
    url: osv("CVE-2026-73216"),
    fixedIn: "4.17.0",
    option: "mobility",
    isExposed: ({ settings }) => settings.isOn("mobility"),
  },
];

/** A version says what upstream had when it was made: distributions mend old versions, and do not say so in them. */
export const CVE_RULES: readonly Rule[] = VULNERABILITIES.map(
  ({ id, what, url, since, fixedIn, option, isExposed, mitigation, isMitigated }): Rule => ({
    id: id.toLowerCase(),
    severity: "warning",
    title: `${id}: ${what}.`,
    url,
    find: (config) => {
      const { version } = config;
      if (version === null || !config.isBefore(fixedIn) || (since !== undefined && config.isBefore(since))) return [];
      if (isExposed?.(config) === false || isMitigated?.(config)) return [];
      return [
        {
          line: option === undefined ? null : config.lineNumber(option),
          option: option ?? null,
          expected: `coturn ${fixedIn} or newer${mitigation === undefined ? "" : `, or ${mitigation.split("\n").join(" and ")}`}`,
          found: `coturn ${version}`,
          reason: `${id}: ${what}. Distributions mend it in packages of the same number (Debian's changelog of coturn says), which nobody can see from here.`,
          ...(mitigation === undefined ? {} : { fix: mitigation }),
        },
      ];
    },
  }),
);

/** Whether comparing each byte for itself comes to the same as comparing addresses: behind the first byte that differs, all of them are free. */
function isBox(first: bigint, last: bigint): boolean {
  const [low, high] = [bytesOf(first), bytesOf(last)];
  const at = low.findIndex((byte, index) => byte !== high[index]);
  return at === -1 || low.slice(at + 1).every((byte, index) => byte === 0 && high[at + 1 + index] === 255);
}
