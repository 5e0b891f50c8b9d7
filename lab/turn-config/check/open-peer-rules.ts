import { isCovered, spanOfPrefix } from "./address-number.ts";
import type { CheckedConfig } from "./checked-config.ts";
import { asTaken } from "./peer-acl.ts";
import { INTERNAL_RANGES, type PeerRange, SPECIAL_RANGES } from "./peer-ranges.ts";
import type { Rule, RuleFinding } from "./rule.ts";

const GUIDE = "https://enablesecurity.com/blog/coturn-security-configuration-guide/";
const SERVER = "https://github.com/coturn/coturn/blob/4.17.1/src/server/ns_turn_server.c";

/** Whom nobody should reach through the relay. */
export const OPEN_PEER_RULES: readonly Rule[] = [
  {
    id: "denied-peer-missing",
    severity: "error",
    title: "Whoever has a credential may reach the server's own network through the relay.",
    url: "https://nakedsecurity.sophos.com/2020/04/08/slack-in-the-security-spotlight-lessons-for-collaboration-servers/",
    find: (config) =>
      missing(
        config,
        INTERNAL_RANGES,
        "Whoever holds a credential reaches private networks and the cloud's metadata service through the relay, from the inside; Slack's was used that way in 2018.",
      ),
  },
  {
    id: "denied-peer-special-missing",
    severity: "warning",
    title: "Ranges for special purposes are not denied.",
    url: GUIDE,
    find: (config) =>
      missing(
        config,
        SPECIAL_RANGES,
        "No peer on the internet has these addresses, and what has them may be the server's own network, or IPv4 in disguise.",
      ),
  },
  {
    id: "denied-peer-overruled",
    severity: "error",
    title: "An allowed-peer-ip takes back all of what a denied-peer-ip denies.",
    url: SERVER,
    find: (config) =>
      config.acl.denied.flatMap(({ span, line }) => {
        const by = config.acl.allowed.find((allowed) => isCovered(span, asTaken(allowed.span)));
        if (!by) return [];
        return [
          {
            line: by.line.number,
            option: "allowed-peer-ip",
            expected: "single exceptions to what is denied",
            found: `${by.line.key}=${by.line.value} over line ${line.number}, ${line.key}=${line.value}`,
            reason: "allowed-peer-ip wins over denied-peer-ip: the denied range has no effect.",
          },
        ];
      }),
  },
  {
    id: "multicast-peers",
    severity: "warning",
    title: "Relays to multicast addresses.",
    url: GUIDE,
    find: ({ settings, acl }) =>
      settings.isOn("no-multicast-peers") || acl.isDenied(spanOfPrefix("224.0.0.0/4"))
        ? []
        : [
            {
              line: null,
              option: "no-multicast-peers",
              expected: "no-multicast-peers",
              found: "none",
              reason: "Whoever may relay may send to multicast groups of the server's network (224.0.0.0/4, ff00::/8).",
              fix: "no-multicast-peers",
            },
          ],
  },
  {
    id: "tcp-relay",
    severity: "warning",
    title: "Relays over TCP (RFC 6062), which no browser asks for.",
    url: "https://www.rfc-editor.org/rfc/rfc6062",
    find: ({ settings }) =>
      settings.isOn("no-tcp-relay")
        ? []
        : [
            {
              line: null,
              option: "no-tcp-relay",
              expected: "no-tcp-relay",
              found: "none",
              reason:
                "CONNECT makes a TCP proxy of the server; Slack's was used that way in 2018. Browsers relay over UDP alone.",
              fix: "no-tcp-relay",
            },
          ],
  },
];

function missing(config: CheckedConfig, ranges: readonly PeerRange[], what: string): RuleFinding[] {
  const ipv6 = config.relaysIpv6;
  const open = ranges.filter(
    ({ prefix, isIpv6, untilVersion }) =>
      !(isIpv6 && ipv6 === "no") &&
      !(untilVersion !== undefined && config.isFrom(untilVersion)) &&
      !config.acl.isDenied(spanOfPrefix(prefix)),
  );
  // A line that is to be filled or mended may be the one.
  if (config.lines.some(({ key, number }) => key === "denied-peer-ip" && config.isOpenLine(number))) return [];
  const [ipv4, v6] = [open.filter(({ isIpv6 }) => !isIpv6), open.filter(({ isIpv6 }) => isIpv6)];
  return [
    ...finding(ipv4, what, {}),
    // Without relays of IPv6 nothing of IPv6 is a peer (443), and whether the machine has any is not in the file.
    ...finding(
      v6,
      what,
      ipv6 === "unknown"
        ? { severity: "warning", reason: " Where the machine has an IPv6 address, it relays to IPv6 peers." }
        : {},
    ),
  ];
}

function finding(
  open: readonly PeerRange[],
  what: string,
  more: { severity?: "warning"; reason?: string },
): RuleFinding[] {
  if (open.length === 0) return [];
  return [
    {
      ...(more.severity === undefined ? {} : { severity: more.severity }),
      line: null,
      option: "denied-peer-ip",
      expected: `denied-peer-ip for ${open.map(({ prefix }) => prefix).join(", ")}`,
      found: "none",
      reason: `${what}${more.reason ?? ""}`,
      fix: open.map(({ range }) => `denied-peer-ip=${range}`).join("\n"),
    },
  ];
}
