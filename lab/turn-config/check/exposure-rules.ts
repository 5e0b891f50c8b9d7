import type { CheckedConfig } from "./checked-config.ts";
import { ciphersForBrowsers } from "./cipher-list.ts";
import { hasTls, listenersOf } from "./listeners.ts";
import type { Rule, RuleFinding } from "./rule.ts";

const EXAMPLE = "https://github.com/coturn/coturn/blob/4.17.1/examples/etc/turnserver.conf";
const BEHIND_FIREWALLS = "users behind firewalls that block UDP";

/** coturn's own default for one address (docs/401-ratelimit.md). */
const CHALLENGES = 10;

/** What a server shows to those who have no credential: TLS, and answers larger than their questions. */
export const EXPOSURE_RULES: readonly Rule[] = [
  {
    id: "old-tls",
    severity: "warning",
    title: "TLS 1.0 or 1.1 (RFC 8996).",
    url: "https://www.rfc-editor.org/rfc/rfc8996",
    find: (config) => {
      if (!hasTls(config.settings)) return [];
      const asked = ["tlsv1", "tlsv1_1"].filter((option) => config.settings.isOn(option));
      if (asked.length > 0 && !config.isBefore("4.7.0")) {
        return asked.map((option) => ({
          line: config.lineNumber(option),
          option,
          expected: "TLS 1.2 or newer alone",
          found: option,
          reason: "TLS 1.0 and 1.1 are forbidden (RFC 8996), and browsers do not speak them.",
        }));
      }
      // 4.6.2 and 4.6.3 offer what the file does not take away; 4.6.1 and older what OpenSSL does, and 4.7.0 on 1.2 at the least.
      if (!config.isFrom("4.6.2") || !config.isBefore("4.7.0")) return [];
      const open = ["no-tlsv1", "no-tlsv1_1"].filter((option) => !config.settings.isOn(option));
      if (open.length === 0) return [];
      return [
        {
          line: null,
          option: open[0] ?? null,
          expected: open.join(" and "),
          found: "none",
          reason: `coturn ${config.version} offers TLS 1.0 and 1.1 unless it is told not to.`,
          fix: open.join("\n"),
        },
      ];
    },
  },
  {
    id: "tls-flags-inverted",
    severity: "note",
    title: "Before 4.6.2 the flags for TLS versions do something else than they say.",
    url: "https://github.com/coturn/coturn/pull/1105",
    find: (config) => {
      const option = ["no-tlsv1", "no-tlsv1_1"].find((name) => config.settings.isOn(name));
      if (option === undefined || !config.isBefore("4.6.2")) return [];
      return [
        {
          line: config.lineNumber(option),
          option,
          expected: "a coturn from 4.6.2 on, where versions of TLS matter",
          found: `coturn ${config.version}`,
          reason:
            "Their logic is inverted up to 4.6.1 (ChangeLog 4.6.2, #1105); Debian 12's speaks TLS 1.2 alone, with them and without (measured).",
        },
      ];
    },
  },
  {
    id: "no-tls-1-2",
    severity: "warning",
    title: "No TLS 1.2, and before 4.6.2 no TLS at all.",
    url: EXAMPLE,
    find: (config) => {
      if (!config.settings.isOn("no-tlsv1_2") || !hasTls(config.settings)) return [];
      const isNone = config.isBefore("4.6.2");
      return [
        {
          ...(isNone ? { severity: "error" as const } : {}),
          line: config.lineNumber("no-tlsv1_2"),
          option: "no-tlsv1_2",
          expected: isNone ? "TLS 1.2: it is all that 4.6.1 speaks" : "TLS 1.2 beside 1.3",
          found: "no-tlsv1_2",
          reason: isNone
            ? "Debian 12's 4.6.1 then fails every handshake, of TLS 1.3 as well (measured)."
            : "Clients without TLS 1.3, among them older phones and native apps, cannot connect.",
          affects: BEHIND_FIREWALLS,
        },
      ];
    },
  },
  {
    id: "cipher-list-strange",
    severity: "error",
    title: "A cipher list of which browsers speak nothing.",
    url: "https://docs.openssl.org/3.0/man1/openssl-ciphers/",
    find: (config) => {
      const line = config.settings.lineOf("cipher-list");
      if (!line || !hasTls(config.settings) || ciphersForBrowsers(line.value) !== "none") return [];
      // TLS 1.3 has ciphers of its own, which the list does not touch; up to 4.6.1 there is 1.2 alone.
      const hasTls13 = config.isFrom("4.6.2");
      return [
        {
          ...(hasTls13 ? { severity: "warning" as const } : {}),
          line: line.number,
          option: "cipher-list",
          expected: "a cipher that browsers speak in TLS 1.2, as ECDHE-RSA-AES128-GCM-SHA256",
          found: `cipher-list=${line.value}`,
          reason:
            `Clients ${hasTls13 ? "that speak TLS 1.2 at the most" : ""} and the server have no cipher in common, and the handshake fails.`.replace(
              "  ",
              " ",
            ),
          fix: "cipher-list=ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
          affects: BEHIND_FIREWALLS,
        },
      ];
    },
  },
  {
    id: "rfc3489",
    severity: "warning",
    title: "Answers to clients of 2003, which are used to amplify.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/docs/rfc3489-deprecation.md",
    find: (config) => [
      ...flag(config, "rfc3489-compatibility", "Classic STUN has no cookie that keeps forged questions out."),
      ...flag(config, "stun-backward-compatibility", "Classic STUN has no cookie that keeps forged questions out."),
    ],
  },
  {
    id: "nat-discovery",
    severity: "note",
    title: "Answers from other addresses and ports (RFC 5780), larger than browsers need.",
    url: EXAMPLE,
    find: (config) => {
      if (config.settings.isOn("rfc5780")) {
        return flag(config, "rfc5780", "No browser asks for it, and forged questions make the server send elsewhere.");
      }
      const isOffered = config.isFrom("4.6.0") && config.isBefore("4.7.0") && !config.settings.isOn("no-rfc5780");
      if (!isOffered || listenersOf(config.settings, config.version).udp.length === 0) return [];
      return [
        {
          line: null,
          option: "no-rfc5780",
          expected: "no-rfc5780",
          found: "none",
          reason: "No browser asks for RFC 5780, and it makes answers larger. Off from 4.7.0 on.",
          fix: "no-rfc5780",
        },
      ];
    },
  },
  {
    id: "tells-version",
    severity: "note",
    title: "Every answer names the server's version.",
    url: EXAMPLE,
    find: (config) => {
      if (!config.isBefore("4.7.0"))
        return flag(config, "software-attribute", "It tells who looks for old versions which one this is.");
      if (config.settings.isOn("no-software-attribute") || config.isBefore("4.5.1.3")) return [];
      return [
        {
          line: null,
          option: "no-software-attribute",
          expected: "no-software-attribute",
          found: "none",
          reason:
            "SOFTWARE tells who looks for old versions which one this is, and makes answers larger. Off from 4.7.0 on.",
          fix: "no-software-attribute",
        },
      ];
    },
  },
  {
    id: "tells-reason",
    severity: "note",
    title: "Errors with a reason in words.",
    url: EXAMPLE,
    find: (config) =>
      flag(config, "include-reason-string", "The words tell why a request was refused, and make answers larger."),
  },
  {
    id: "ratelimit-by-address",
    severity: "note",
    title: "A limit on challenges for each address, which users behind one NAT share.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/docs/401-ratelimit.md",
    find: (config) => {
      if (!config.settings.isOn("unauthorized-ratelimit")) return [];
      const rate = config.settings.numberOf("unauthorized-ratelimit-rps") || CHALLENGES;
      return [
        {
          ...(rate < CHALLENGES ? { severity: "warning" as const } : {}),
          line: config.lineNumber(rate < CHALLENGES ? "unauthorized-ratelimit-rps" : "unauthorized-ratelimit"),
          option: "unauthorized-ratelimit-rps",
          expected: `at least ${CHALLENGES} challenges a second, and more where many users share an address`,
          found: `${rate} a second`,
          reason:
            "Every UDP allocation begins with a 401. Of those over the limit the server answers none: clients send again, and connect later or over TCP.",
          ...(rate < CHALLENGES ? { fix: `unauthorized-ratelimit-rps=${CHALLENGES}` } : {}),
          affects: "users behind a carrier's or an office's NAT",
        },
      ];
    },
  },
  {
    id: "metrics-by-user",
    severity: "warning",
    title: "A time series for every credential.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/docs/Prometheus.md",
    find: (config) => {
      const isMinted = config.credential.kind === "secret" || config.settings.isOn("use-auth-secret");
      if (!isMinted || !config.settings.isOn("prometheus-username-labels")) return [];
      return [
        {
          line: config.lineNumber("prometheus-username-labels"),
          option: "prometheus-username-labels",
          expected: "no prometheus-username-labels beside a shared secret",
          found: "prometheus-username-labels",
          reason:
            "Minted user names are new each time: the server keeps a counter for each for ever, and its memory grows.",
        },
      ];
    },
  },
  {
    id: "metrics-open",
    severity: "note",
    title: "Counters that are told to whoever reaches their port.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/docs/Prometheus.md",
    find: (config) => {
      const { settings } = config;
      if (!settings.isOn("prometheus")) return [];
      const address = settings.textOf("prometheus-address")?.trim() ?? "";
      if (address.startsWith("127.") || address === "::1") return [];
      return [
        {
          line: config.lineNumber("prometheus"),
          option: "prometheus",
          expected: "a firewall before port 9641, or prometheus-address=127.0.0.1",
          found: address === "" ? "prometheus on every address" : `prometheus at ${address}`,
          reason: "It answers without a credential.",
          ...(config.isBefore("4.6.3") ? {} : { fix: "prometheus-address=127.0.0.1" }),
        },
      ];
    },
  },
  {
    id: "mobility",
    severity: "warning",
    title: "Sessions that move with their client, before 4.17.0.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/ChangeLog",
    find: (config) => {
      if (!config.isBefore("4.17.0") || !config.settings.isOn("mobility")) return [];
      const isTakenOver = config.isBefore("4.15.0");
      return [
        {
          ...(isTakenOver ? { severity: "error" as const } : {}),
          line: config.lineNumber("mobility"),
          option: "mobility",
          expected: "no mobility",
          found: "mobility",
          reason: `${isTakenOver ? "Another user may take a session over (CVE-2026-65981, before 4.15.0), and quotas" : "Quotas"} are gone round (CVE-2026-73216, before 4.17.0). No browser moves sessions.`,
        },
      ];
    },
  },
];

function flag(config: CheckedConfig, option: string, reason: string): RuleFinding[] {
  if (!config.settings.isOn(option)) return [];
  return [{ line: config.lineNumber(option), option, expected: `no ${option}`, found: option, reason }];
}
