import type { TurnTransport } from "../../model/ice.ts";
import { STUN_PORT, TLS_PORT } from "../../model/ice.ts";
import type { CheckedConfig } from "../check/checked-config.ts";
import { ciphersForBrowsers } from "../check/cipher-list.ts";
import { hasDtls, hasTls, listenersOf, neededListeners, usersOf } from "../check/listeners.ts";
import { readAddressPort, readExternal } from "../read-value.ts";
import type { CompareRule } from "./compare-rule.ts";

const CALLERS = "all users whose calls are relayed";

export const SERVER_CHANGES: readonly CompareRule[] = [
  {
    id: "listener-removed",
    severity: "error",
    title: "A listener of which clients have the URL is gone, or has moved.",
    compare: (before, after) =>
      (["udp", "tcp", "tls"] as const).flatMap((transport) => {
        if (hasOpenPort(before) || hasOpenPort(after)) return [];
        if (transport === "tls" && hasTls(before.settings) && !hasTls(after.settings)) return [];
        const now = listenersOf(after.settings, after.version)[transport];
        const lost = ownPorts(before, transport).filter((port) => !now.includes(port));
        const needed = neededListeners(after).filter((listener) => listener.transport === transport);
        return lost.map((port) => {
          // Who gave URLs has said what clients have.
          const isUnused = after.needs !== null && !needed.some((listener) => listener.port === port);
          const option = optionOf(transport, after);
          return {
            ...(isUnused ? { severity: "warning" as const } : {}),
            line: after.lineNumber(option),
            option,
            expected: `${transport} on port ${port}, as before`,
            found: now.length === 0 ? `no ${transport}` : `${transport} on ${[...new Set(now)].join(", ")}`,
            reason: "Clients with a URL for it find nobody there.",
            ...mended(transport, port, before, after),
            affects: usersOf(transport, port),
          };
        });
      }),
  },
  {
    id: "tls-removed",
    severity: "error",
    title: "TLS is gone.",
    compare: (before, after) => {
      if (!hasTls(before.settings) || hasTls(after.settings)) return [];
      const option = after.settings.isOn("no-tls") ? "no-tls" : after.settings.textOf("cert") ? "pkey" : "cert";
      // A line that cannot be read, or is open, has its own finding.
      if (option !== "no-tls" && after.isStated("cert") && after.isStated("pkey")) return [];
      const ports = ownPorts(before, "tls");
      const near = [option, "cert", "pkey", "tls-listening-port"].find((key) => after.isStated(key));
      return [
        {
          line: near === undefined ? null : after.lineNumber(near),
          option,
          expected: `TLS on port ${ports.join(", ")}, as before`,
          found: option === "no-tls" ? "no-tls" : `no ${option}`,
          reason: "turns: URLs find nobody who speaks TLS.",
          fix: option === "no-tls" ? "Take the line no-tls out." : `${option}=${before.settings.textOf(option)}`,
          affects: usersOf("tls", ports[0] ?? TLS_PORT),
        },
      ];
    },
  },
  {
    id: "dtls-removed",
    severity: "warning",
    title: "DTLS is gone.",
    compare: (before, after) => {
      if (!hasDtls(before.settings, before.version) || hasDtls(after.settings, after.version)) return [];
      // Without TLS there is none, and that is told.
      if (!hasTls(after.settings)) return [];
      return [
        {
          line: after.lineNumber("no-dtls"),
          option: after.isFrom("4.17.0") ? "dtls" : "no-dtls",
          expected: "DTLS, as before",
          found: "none",
          reason: "Browsers do not speak DTLS to TURN servers; other clients may (RFC 7350).",
          ...(after.settings.isOn("no-dtls")
            ? { fix: "Take the line no-dtls out." }
            : after.isFrom("4.17.0")
              ? { fix: "dtls" }
              : {}),
        },
      ];
    },
  },
  {
    id: "certificate-changed",
    severity: "note",
    title: "Another certificate or key.",
    compare: (before, after) =>
      ["cert", "pkey"].flatMap((option) => {
        const [was, is] = [before.settings.textOf(option), after.settings.textOf(option)];
        if (!was || !is || was === is || !hasTls(after.settings)) return [];
        return [
          {
            line: after.lineNumber(option),
            option,
            expected: `${option}=${was}, as before`,
            found: is,
            reason: "Whether both fit each other, and clients trust them, the files say; probes see it.",
          },
        ];
      }),
  },
  {
    id: "ciphers-changed",
    severity: "error",
    title: "A cipher list of which browsers speak nothing, in the place of one that they speak.",
    compare: (before, after) => {
      const list = after.settings.textOf("cipher-list") ?? "";
      if (!hasTls(after.settings) || list === "" || ciphersForBrowsers(list) !== "none") return [];
      if (ciphersForBrowsers(before.settings.textOf("cipher-list") ?? "ALL") === "none") return [];
      return [
        {
          line: after.lineNumber("cipher-list"),
          option: "cipher-list",
          expected: "a cipher that browsers speak in TLS 1.2",
          found: `cipher-list=${list}`,
          reason: "The handshake fails with all who do not speak TLS 1.3.",
          fix: before.settings.textOf("cipher-list")
            ? `cipher-list=${before.settings.textOf("cipher-list")}`
            : "Take the line cipher-list out.",
          affects: usersOf("tls", TLS_PORT),
        },
      ];
    },
  },
  {
    id: "external-ip-changed",
    severity: "error",
    title: "Another external-ip, or none.",
    compare: (before, after) => {
      const [was, is] = [publicsOf(before), publicsOf(after)];
      const isOpen = after.settings.linesOf("external-ip").length === 0 && after.isStated("external-ip");
      if (was.length === 0 || isOpen || was.every((address) => is.includes(address))) return [];
      // A machine that has the address itself tells it without external-ip.
      const own = [...after.relayAddresses, ...after.settings.valuesOf("listening-ip")];
      if (is.length === 0 && was.every((address) => own.includes(address))) return [];
      return [
        {
          line: after.lineNumber("external-ip"),
          option: "external-ip",
          expected: `external-ip=${was.join(", ")}, as before`,
          found: is.length === 0 ? "none" : is.join(", "),
          reason:
            "Relayed addresses are told with another address: unless the server has moved, what peers send there does not arrive.",
          fix: before.settings
            .linesOf("external-ip")
            .map(({ value }) => `external-ip=${value}`)
            .join("\n"),
          affects: CALLERS,
        },
      ];
    },
  },
  {
    id: "own-address-changed",
    severity: "error",
    title: "Another address of its own to listen at, or to relay from.",
    compare: (before, after) =>
      ["listening-ip", "relay-ip", "external-ip"].flatMap((option) => {
        const [was, is] = [ownAddresses(before, option), ownAddresses(after, option)];
        if (was.length === 0 || is.length === 0 || was.some((address) => is.includes(address)) || is.some(isAny))
          return [];
        return [
          {
            line: after.lineNumber(option),
            option,
            expected: `${was.join(", ")}, the machine's address as before`,
            found: is.join(", "),
            reason: "On a machine that has no such address coturn cannot bind there.",
            fix: before.settings
              .linesOf(option)
              .map(({ value }) => `${option}=${value}`)
              .join("\n"),
            affects: CALLERS,
          },
        ];
      }),
  },
  {
    id: "stun-withdrawn",
    severity: "warning",
    title: "STUN without a credential is no longer answered.",
    compare: (before, after) =>
      ["no-stun", "secure-stun"]
        .filter((option) => after.settings.isOn(option) && !before.settings.isOn(option))
        .map((option) => ({
          line: after.lineNumber(option),
          option,
          expected: "answers to Binding requests, as before",
          found: option,
          reason: "stun: URLs of this server no longer lead to server-reflexive candidates.",
          fix: `Take the line ${option} out.`,
          affects: "users who could connect directly",
        })),
  },
];

/** Ports that a file names for a transport; that coturn takes TLS on its plain port too is nobody's URL. */
function ownPorts({ settings, version }: CheckedConfig, transport: TurnTransport): number[] {
  const auxiliary = settings.valuesOf("aux-server").flatMap((value) => readAddressPort(value)?.port ?? []);
  const plain = settings.numberOf("listening-port") || STUN_PORT;
  const secure = settings.numberOf("tls-listening-port") || TLS_PORT;
  const open = listenersOf(settings, version)[transport];
  return [...new Set([transport === "tls" ? secure : plain, ...auxiliary])].filter((port) => open.includes(port));
}

/** A port that a placeholder leaves open may be the one. */
function hasOpenPort(config: CheckedConfig): boolean {
  return ["listening-port", "tls-listening-port", "aux-server"].some((option) =>
    config.lines.some(({ key, number }) => key === option && config.isOpenLine(number)),
  );
}

function optionOf(transport: TurnTransport, { settings }: CheckedConfig): string {
  if (settings.isOn(`no-${transport}`)) return `no-${transport}`;
  return transport === "tls" ? "tls-listening-port" : "listening-port";
}

/** An `aux-server` of before that had the port, else the port's own option. */
function mended(transport: TurnTransport, port: number, before: CheckedConfig, after: CheckedConfig): { fix?: string } {
  const option = optionOf(transport, after);
  if (option === `no-${transport}`) return { fix: `Take the line ${option} out.` };
  const auxiliary = before.settings.valuesOf("aux-server").find((value) => readAddressPort(value)?.port === port);
  return { fix: auxiliary === undefined ? `${option}=${port}` : `aux-server=${auxiliary}` };
}

function publicsOf({ settings }: CheckedConfig): string[] {
  return settings.linesOf("external-ip").flatMap(({ value }) => readExternal(value)?.publicAddress ?? []);
}

const isAny = (address: string) => address === "0.0.0.0" || address === "::";

/** Addresses of the machine that lines of an option name; none where it takes them all. */
function ownAddresses({ settings }: CheckedConfig, option: string): string[] {
  if (option === "external-ip") {
    return settings.linesOf(option).flatMap(({ value }) => readExternal(value)?.privateAddress ?? []);
  }
  const addresses = settings.valuesOf(option).map((value) => value.trim());
  return addresses.some(isAny) ? [] : addresses;
}
