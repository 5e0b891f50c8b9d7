import type { CheckFinding, CheckNeeds } from "../../model/check.ts";
import { STUN_PORT, TLS_PORT } from "../../model/ice.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import { freeRanges, type PortRange, sizeOf } from "../../model/port-ranges.ts";
import { relayRange } from "../relay-range.ts";
import type { Settings } from "../settings.ts";
import type { PublishedPort } from "./published-ports.ts";
import type { Container, ServerSource } from "./server-source.ts";
import { sourceFinding } from "./source-rules.ts";

const UDP_USERS = "users who reach the server over UDP, which is nearly all of them";
const TCP_USERS = "users behind firewalls that block UDP";
/** From here on Docker's setting up of single ports is felt: each gets rules, and mostly a process, of its own. */
const MANY_PORTS = 2_000;
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** What a container publishes, held against what its server listens on and relays from. */
export function portFindings(
  source: ServerSource,
  settings: Settings,
  isExternalOpen: boolean,
  needs?: CheckNeeds,
): CheckFinding[] {
  const { container } = source;
  if (!container || container.network === "other") return [];
  const told = new Told(source, container);
  if (container.network === "host") return told.ignoredPorts();
  return [
    ...told.relayedAddress(settings, isExternalOpen),
    ...(container.hasOpenPorts ? [] : told.missing(settings, needs)),
    ...told.moved(settings),
    ...told.loopback(),
    ...told.many(),
  ];
}

class Told {
  readonly #source: ServerSource;
  readonly #container: Container;

  constructor(source: ServerSource, container: Container) {
    this.#source = source;
    this.#container = container;
  }

  get #place() {
    return { file: this.#source.file, line: this.#container.ports[0]?.line ?? this.#source.anchorLine };
  }

  ignoredPorts(): CheckFinding[] {
    const [port] = this.#container.ports;
    if (!port) return [];
    return [
      sourceFinding("ports-ignored", {
        file: this.#source.file,
        line: port.line,
        expected: "no published ports beside the machine's own network",
        found: "both",
        reason: "In the machine's network every port is the machine's already; Docker drops the list.",
      }),
    ];
  }

  relayedAddress(settings: Settings, isExternalOpen: boolean): CheckFinding[] {
    if (isExternalOpen || settings.lineOf("external-ip")) return [];
    return [
      sourceFinding("container-address-relayed", {
        file: this.#source.file,
        line: this.#source.anchorLine,
        option: "external-ip",
        expected: "external-ip, or the machine's own network",
        found: "neither",
        reason:
          "coturn sees the container's address alone and gives that to clients, who cannot reach it from outside of the machine.",
        fix: "--external-ip=ADDRESS",
        affects: "all users who need a relay",
      }),
    ];
  }

  missing(settings: Settings, needs?: CheckNeeds): CheckFinding[] {
    const findings: CheckFinding[] = [];
    const plain = settings.numberOf("listening-port") ?? STUN_PORT;
    const secure = settings.numberOf("tls-listening-port") ?? TLS_PORT;
    const asked = (needs?.urls ?? []).flatMap((url) => {
      const parsed = parseIceUrl(url);
      return "error" in parsed ? [] : [parsed];
    });
    const wants = (port: number, protocol: "udp" | "tcp") =>
      asked.some(
        (url) => url.port === port && (url.kind === "stun" || url.transport === "udp") === (protocol === "udp"),
      );
    if (!settings.isOn("no-udp") && !this.#isPublished(plain, "udp"))
      findings.push(this.#unpublished("udp-port-not-published", plain, "udp", UDP_USERS));
    if (!settings.isOn("no-tcp") && !this.#isPublished(plain, "tcp")) {
      const finding = this.#unpublished("tcp-port-not-published", plain, "tcp", TCP_USERS);
      findings.push(wants(plain, "tcp") ? { ...finding, severity: "error" } : finding);
    }
    const hasTls = !settings.isOn("no-tls") && Boolean(settings.textOf("cert")) && Boolean(settings.textOf("pkey"));
    if (hasTls && secure !== plain && !this.#isPublished(secure, "tcp")) {
      const finding = this.#unpublished(
        "tls-port-not-published",
        secure,
        "tcp",
        "users behind firewalls that let TLS out alone",
      );
      findings.push(wants(secure, "tcp") ? { ...finding, severity: "error" } : finding);
    }
    return [...findings, ...this.#relayPorts(settings)];
  }

  #isPublished(port: number, protocol: "udp" | "tcp"): boolean {
    return this.#of(protocol).some(({ container }) => container.min <= port && port <= container.max);
  }

  #of(protocol: "udp" | "tcp"): PublishedPort[] {
    return this.#container.ports.filter((port) => port.protocol === protocol);
  }

  #unpublished(
    rule: "udp-port-not-published" | "tcp-port-not-published" | "tls-port-not-published",
    port: number,
    protocol: "udp" | "tcp",
    affects: string,
  ) {
    const other = protocol === "udp" ? "tcp" : "udp";
    const near = this.#of(other).find(({ container }) => container.min <= port && port <= container.max);
    const isShort = near && protocol === "udp";
    return sourceFinding(rule, {
      file: this.#source.file,
      line: near?.line ?? this.#place.line,
      option: rule === "tls-port-not-published" ? "tls-listening-port" : "listening-port",
      expected: `${port}/${protocol} published`,
      found: near ? `${port}/${other} alone` : "it is not",
      reason: `Nothing that comes to the machine's ${protocol.toUpperCase()} port ${port} reaches the container.${isShort ? " A port without a protocol is TCP." : ""}`,
      fix: this.#container.publish(`${port}:${port}/${protocol}`),
      affects,
    });
  }

  #relayPorts(settings: Settings): CheckFinding[] {
    const range = relayRange(settings);
    if (settings.isOn("no-udp-relay") || range.min > range.max || range.min < 1) return [];
    const published = this.#of("udp").map(({ container }) => container);
    const free = freeRanges(published, range);
    if (free.length === 0) return [];
    const isNone = free.length === 1 && free[0]?.min === range.min && free[0]?.max === range.max;
    const near = this.#of("udp").find(({ container }) => container.max >= range.min && container.min <= range.max);
    const words = `${range.min}-${range.max}`;
    return [
      sourceFinding("relay-range-not-published", {
        file: this.#source.file,
        line: near?.line ?? this.#place.line,
        option: settings.lineOf("min-port") ? "min-port" : settings.lineOf("max-port") ? "max-port" : "min-port",
        expected: `all of the relay range ${words}/udp published`,
        found: isNone ? "none of it" : `without ${free.slice(0, 3).map(rangeText).join(", ")}`,
        reason:
          "What peers send to a relayed address on such a port never reaches the container: the allocation succeeds, and the call has no path.",
        fix: this.#container.publish(`${words}:${words}/udp`),
        affects: isNone ? "all users who need a relay" : "users whose relay gets one of these ports",
      }),
    ];
  }

  /** Clients are told the port that coturn has; what the machine makes of it they cannot know. */
  moved(settings: Settings): CheckFinding[] {
    const { min, max } = relayRange(settings);
    return this.#of("udp").flatMap(({ host, container, line }) => {
      if (host === null || (host.min === container.min && host.max === container.max)) return [];
      if (container.max < min || container.min > max || container.min === container.max) return [];
      return [
        sourceFinding("relay-range-moved", {
          file: this.#source.file,
          line,
          option: "min-port",
          expected: `relay ports under their own numbers: ${rangeText(container)}`,
          found: `${rangeText(host)} for ${rangeText(container)}`,
          reason: "coturn tells clients the port that it has itself; at the machine that is another one, or nobody's.",
          fix: this.#container.publish(`${rangeText(container)}:${rangeText(container)}/udp`),
          affects: "all users who need a relay",
        }),
      ];
    });
  }

  loopback(): CheckFinding[] {
    const ports = this.#container.ports.filter(({ hostAddress }) => hostAddress !== null && LOOPBACK.test(hostAddress));
    return ports.map(({ hostAddress, container, protocol, line }) =>
      sourceFinding("published-on-loopback", {
        file: this.#source.file,
        line,
        expected: "ports on an address that clients reach",
        found: `${rangeText(container)}/${protocol} on ${hostAddress}`,
        reason: "Only the machine itself reaches it there, as a proxy of its own would.",
        affects: protocol === "udp" ? UDP_USERS : TCP_USERS,
      }),
    );
  }

  many(): CheckFinding[] {
    const [largest] = this.#container.ports.toSorted((a, b) => sizeOf(b.container) - sizeOf(a.container));
    if (!largest || sizeOf(largest.container) < MANY_PORTS) return [];
    return [
      sourceFinding("many-published-ports", {
        file: this.#source.file,
        line: largest.line,
        option: "max-port",
        expected: "a short relay range, or the machine's own network",
        found: `${sizeOf(largest.container)} published ports`,
        reason:
          "Docker sets up each port by itself, with firewall rules and mostly a process (userland-proxy): starting and stopping take minutes, and much memory.",
        fix: "network_mode: host",
      }),
    ];
  }
}

const rangeText = ({ min, max }: PortRange) => (min === max ? String(min) : `${min}-${max}`);
