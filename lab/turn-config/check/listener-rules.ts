import { isIP } from "node:net";
import { STUN_PORT, TLS_PORT, type TurnTransport } from "../../model/ice.ts";
import type { CheckedConfig } from "./checked-config.ts";
import {
  hasDtls,
  hasTls,
  type Listeners,
  listenersOf,
  type NeededListener,
  neededListeners,
  usersOf,
} from "./listeners.ts";
import type { Rule, RuleFinding } from "./rule.ts";

const NETENGINE = "https://github.com/coturn/coturn/blob/4.17.1/src/apps/relay/netengine.c";
const BEHIND_FIREWALLS = "users behind firewalls that block UDP";
const BEHIND_443 = "users behind firewalls that let only port 443 out";

/** Ports that Chrome's TURN client goes to below 1024 (libwebrtc, p2p/base/turn_port.cc, `AllowedTurnPort`). */
const LOW_PORTS: readonly number[] = [53, 80, 443];

export const LISTENER_RULES: readonly Rule[] = [
  {
    id: "url-without-listener",
    severity: "error",
    title: "A URL that clients are given, and no listener for it.",
    url: NETENGINE,
    find: (config) => {
      const listeners = listenersOf(config.settings, config.version);
      return neededListeners(config)
        .filter((needed) => !isOpen(needed, listeners, config))
        .map((needed) => withoutListener(needed, listeners, config));
    },
  },
  {
    id: "certificate",
    severity: "error",
    title: "TLS is meant, and there is no certificate or no key: coturn starts without TLS.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/src/apps/relay/mainrelay.c",
    find: (config) => {
      const missing = ["cert", "pkey"].filter((option) => !config.isStated(option));
      const meant = ["cert", "pkey", "tls-listening-port", "cipher-list"].find((option) => config.isStated(option));
      if (missing.length === 0 || meant === undefined || config.settings.isOn("no-tls")) return [];
      return [
        {
          line: config.lineNumber(meant),
          option: meant,
          expected: `cert and pkey beside ${meant}`,
          found: `no ${missing.join(" and no ")}`,
          reason:
            "coturn then opens neither TLS nor DTLS: it warns in its log and goes on (mainrelay.c, openssl_setup). Its own default is turn_server_cert.pem in its working directory.",
          fix: fileLines(config),
          affects: BEHIND_FIREWALLS,
        },
      ];
    },
  },
  {
    id: "certificate-leaf",
    severity: "error",
    title: "certbot's cert.pem, which has no chain.",
    url: "https://eff-certbot.readthedocs.io/en/stable/using.html#where-are-my-certificates",
    find: (config) => {
      const path = config.settings.textOf("cert")?.trim() ?? "";
      if (!hasTls(config.settings) || !/\/letsencrypt\/(live|archive)\/[^/]+\/cert\d*\.pem$/.test(path)) return [];
      const chain = path.replace(/cert(\d*\.pem)$/, "fullchain$1");
      return [
        {
          line: config.lineNumber("cert"),
          option: "cert",
          expected: chain,
          found: path,
          reason:
            "cert.pem is the server's certificate alone. TURN clients fetch no missing intermediate, and reject it (element-hq/element-ios#2712).",
          fix: `cert=${chain}`,
          affects: BEHIND_FIREWALLS,
        },
      ];
    },
  },
  {
    id: "no-listener-443",
    severity: "warning",
    title: "Nothing listens on port 443.",
    url: "https://github.com/nextcloud/spreed/issues/257",
    find: (config) => {
      const { tcp, tls } = listenersOf(config.settings, config.version);
      if (tls.includes(443) || isBehindProxy(config)) return [];
      const has = tcp.includes(443) ? "plain TCP alone on 443" : "no listener on 443";
      return [
        {
          line: config.lineNumber("tls-listening-port"),
          option: "tls-listening-port",
          expected: "TLS on port 443",
          found: has,
          reason: tcp.includes(443)
            ? "Firewalls that look into what passes on 443 let TLS alone through."
            : "Some networks let nothing out but TCP to port 443, and those that look into it TLS alone. Where a proxy in front hands 443 on, set this rule off.",
          fix: hasTls(config.settings) || !tcp.includes(443) ? portFix("tls", 443, config) : fileLines(config),
          affects: BEHIND_443,
        },
      ];
    },
  },
  {
    id: "udp-only",
    severity: "warning",
    title: "No listener over TCP or TLS.",
    find: (config) => {
      const { tcp, tls } = listenersOf(config.settings, config.version);
      if (tcp.length > 0 || tls.length > 0 || isBehindProxy(config)) return [];
      return [
        {
          line: config.lineNumber("no-tcp"),
          option: "no-tcp",
          expected: "a listener over TCP or TLS",
          found: "UDP alone",
          reason: "Clients that cannot send UDP have no way to the server.",
          affects: BEHIND_FIREWALLS,
        },
      ];
    },
  },
  {
    id: "no-udp",
    severity: "warning",
    title: "No listener over UDP.",
    find: (config) => {
      if (!config.settings.isOn("no-udp")) return [];
      return [
        {
          line: config.lineNumber("no-udp"),
          option: "no-udp",
          expected: "a listener over UDP",
          found: "no-udp",
          reason: "Media over TCP stalls whenever a packet is lost, and is the last that clients try.",
          affects: usersOf("udp", 3478),
        },
      ];
    },
  },
  {
    id: "url-with-address",
    severity: "warning",
    title: "A turns: URL with an IP address: a certificate for a name does not fit it.",
    url: "https://github.com/coturn/coturn/issues/113",
    find: (config) =>
      neededListeners(config)
        .filter(({ transport, host }) => transport === "tls" && isIP(host) !== 0)
        .map(({ url }) => ({
          line: config.lineNumber("cert"),
          option: "cert",
          expected: "a name in a turns: URL",
          found: url,
          reason:
            "Clients compare the URL's host with the certificate, and few certificates name an IP address (coturn#113).",
          affects: BEHIND_FIREWALLS,
        })),
  },
  {
    id: "url-port-refused",
    severity: "error",
    title: "A port that Chrome's TURN client does not go to.",
    find: (config) =>
      neededListeners(config)
        .filter(({ port, isStun }) => !isStun && port < 1024 && !LOW_PORTS.includes(port))
        .map(({ url, port }) => ({
          line: null,
          option: "listening-port",
          expected: "a port from 1024 on, or 53, 80 or 443",
          found: url,
          reason: `Chrome refuses TURN servers on port ${port} (libwebrtc, p2p/base/turn_port.cc, AllowedTurnPort).`,
          affects: "users of Chrome, Edge and other browsers of its engine",
        })),
  },
  {
    id: "stun-refused",
    severity: "error",
    title: "A stun: URL, and a server that answers no STUN without a credential.",
    find: (config) => {
      const option = ["no-stun", "secure-stun"].find((name) => config.settings.isOn(name));
      const [needed] = neededListeners(config).filter(({ isStun }) => isStun);
      if (option === undefined) return [];
      return [
        {
          ...(needed ? {} : { severity: "note" as const }),
          line: config.lineNumber(option),
          option,
          expected: "answers to Binding requests",
          found: needed ? `${option}, and clients are given ${needed.url}` : option,
          reason:
            option === "no-stun"
              ? "The server ignores Binding requests."
              : "The server answers a Binding request with 401, and browsers send it without a credential.",
          affects: "users who could connect directly with a server-reflexive candidate of this server",
        },
      ];
    },
  },
  {
    id: "dtls-off",
    severity: "note",
    title: "DTLS is off unless asked for, from 4.17.0 on.",
    url: "https://github.com/coturn/coturn/blob/4.17.1/ChangeLog",
    find: (config) => {
      const { settings, version } = config;
      if (!config.isFrom("4.17.0") || !hasTls(settings) || hasDtls(settings, version) || settings.isOn("no-dtls"))
        return [];
      return [
        {
          line: null,
          option: "dtls",
          expected: "dtls, where clients speak DTLS",
          found: "none",
          reason:
            "Before 4.17.0 a certificate was enough (ChangeLog 4.17.0, #2026). Browsers do not speak DTLS to TURN servers.",
          fix: "dtls",
        },
      ];
    },
  },
];

const missingFile = ({ settings }: CheckedConfig) => (settings.textOf("cert") ? "pkey" : "cert");

/** Lines for the certificate and the key that the file does not name. */
function fileLines(config: CheckedConfig): string {
  return ["cert", "pkey"]
    .filter((option) => !config.isStated(option))
    .map((option) => `${option}=/etc/coturn/${option === "cert" ? "fullchain" : "privkey"}.pem`)
    .join("\n");
}

/** A port moves there only where no client has a URL for the one that it is at; else one more is opened. */
function portFix(transport: TurnTransport, port: number, config: CheckedConfig): string {
  const option = transport === "tls" ? "tls-listening-port" : "listening-port";
  const own = config.settings.numberOf(option) || (transport === "tls" ? TLS_PORT : STUN_PORT);
  const isUsed = neededListeners(config).some((needed) => needed.transport === transport && needed.port === own);
  const [address = "ADDRESS"] = config.settings.valuesOf("listening-ip");
  return isUsed && own !== port ? `aux-server=${address}:${port}` : `${option}=${port}`;
}

/** With the PROXY protocol, TCP and TLS end at a load balancer in front. */
function isBehindProxy(config: CheckedConfig): boolean {
  return config.isStated("tcp-proxy-port");
}

function isOpen({ transport, port }: NeededListener, listeners: Listeners, config: CheckedConfig): boolean {
  if (transport !== "udp" && isBehindProxy(config)) return true;
  // Ports and certificates that are to be filled yet are taken for right.
  const isUnknown = ["listening-port", "tls-listening-port", "aux-server"].some((option) =>
    config.isOpenLine(config.lineNumber(option)),
  );
  return isUnknown || listeners[transport].includes(port);
}

function withoutListener(
  { url, transport, port }: NeededListener,
  listeners: Listeners,
  config: CheckedConfig,
): RuleFinding {
  const { settings } = config;
  const ports = listeners[transport];
  const off = settings.isOn(`no-${transport}`) ? `no-${transport}` : null;
  const found =
    ports.length > 0 ? `${transport} on ${[...new Set(ports)].join(", ")}` : (off ?? `nothing over ${transport}`);
  const moved = transport === "tls" ? "tls-listening-port" : "listening-port";
  const isWithoutCertificate = transport === "tls" && off === null && ports.length === 0;
  const option = off ?? (isWithoutCertificate ? missingFile(config) : moved);
  return {
    line: config.lineNumber(option) ?? (isWithoutCertificate ? config.lineNumber(moved) : null),
    option,
    expected: `a listener for ${url}`,
    found,
    reason: isWithoutCertificate
      ? "Without cert and pkey coturn opens no TLS."
      : off === null
        ? `Nothing listens at ${transport}/${port}: clients get no answer, or a refused connection.`
        : `${off} switches the transport off.`,
    fix: off
      ? `Take the line ${off} out.`
      : isWithoutCertificate
        ? fileLines(config)
        : portFix(transport, port, config),
    affects: usersOf(transport, port),
  };
}
