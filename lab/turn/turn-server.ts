import type { TurnTransport } from "../model/ice.ts";
import { hostnameOf, type TurnServerSpec } from "../model/topology.ts";
import { tarOf } from "../runtime/archive.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import {
  CERTIFICATE_PATH,
  CONFIG_PATH,
  coturnOptions,
  KEY_PATH,
  RELAY_PORTS,
  renderConfig,
  STUN_PORT,
  TLS_PORT,
} from "./coturn-config.ts";
import type { Credential } from "./credentials.ts";

/** How long a server may take from its start until every listener has answered. */
const READY_WITHIN_MS = 10_000;

/** A TURN server with everything decided: where it stands, what it is called, what opens it. */
export type TurnServerPlan = {
  name: string;
  address: string;
  hostname: string;
  realm: string;
  /** What the peers present: another one only where a scenario says so. */
  credential: Credential;
  options: Record<string, string | number | boolean | string[]>;
  /** Ports by transport, as the effective options have them; null: switched off. */
  ports: Record<Listener, number | null>;
  relay: { address: string; minPort: number; maxPort: number };
};

export type Listener = TurnTransport | "dtls";

type Places = { nodes: Record<string, { interfaces: { address: string }[] }> };

export function planTurnServers(
  specs: Record<string, TurnServerSpec>,
  places: Places,
  fresh: Credential,
): Record<string, TurnServerPlan> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const address = places.nodes[name]?.interfaces[0]?.address;
      if (!address) throw new Error(`${name} has no address in the plan`);
      const hostname = hostnameOf(name, spec.hostname);
      const realm = spec.realm ?? hostname;
      const options = coturnOptions({ address, realm, credential: fresh }, spec.options);
      const relay = relayOf(options, address);
      const ports = portsOf(options);
      const credential = spec.credential ?? fresh;
      return [name, { name, address, hostname, realm, credential, options, ports, relay }];
    }),
  );
}

type Options = TurnServerPlan["options"];

const numberOr = (value: Options[string] | undefined, fallback: number): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : fallback;

/** Where relay sockets are bound: the first relay-ip, else the address the server has. */
function relayOf(options: Options, address: string): TurnServerPlan["relay"] {
  const [relayIp] = [options["relay-ip"]].flat();
  return {
    address: typeof relayIp === "string" ? relayIp : address,
    minPort: numberOr(options["min-port"], RELAY_PORTS.min),
    maxPort: numberOr(options["max-port"], RELAY_PORTS.max),
  };
}

/** Listeners as coturn opens them (turnserver.conf: listening-port, tls-listening-port, no-udp, no-tcp, no-tls, no-dtls). */
function portsOf(options: Options): TurnServerPlan["ports"] {
  const isOff = (key: string) => options[key] === true;
  const plain = numberOr(options["listening-port"], STUN_PORT);
  const secure = numberOr(options["tls-listening-port"], TLS_PORT);
  return {
    udp: isOff("no-udp") ? null : plain,
    tcp: isOff("no-tcp") ? null : plain,
    tls: isOff("no-tls") ? null : secure,
    // Asked in plain UDP, which coturn takes on its DTLS port too, unless plain UDP is off.
    dtls: isOff("no-dtls") || isOff("no-udp") || isOff("no-tls") ? null : secure,
  };
}

/** The files a coturn container starts from. */
export async function turnArchive(server: TurnServerPlan, ca: CertificateAuthority): Promise<Buffer> {
  const { chainPem, keyPem } = await ca.issue(server.hostname, server.address);
  return tarOf([
    { path: CONFIG_PATH, content: renderConfig(server.options), mode: 0o600 },
    { path: CERTIFICATE_PATH, content: chainPem },
    { path: KEY_PATH, content: keyPem, mode: 0o600 },
  ]);
}

/** Somebody on the lab's internet who can ask a STUN question. */
export type StunAsker = (
  target: { address: string; port: number; transport: TurnTransport; servername?: string; ca?: string },
  timeoutMs: number,
) => Promise<{ answer: "success" | "401"; durationMs: number }>;

export type ReadyListener = { transport: TurnTransport; port: number; answer: "success" | "401"; durationMs: number };

/** Resolves when each listener has answered a STUN Binding request with success or 401, seen from across a routed hop. */
export function waitUntilReady(
  server: TurnServerPlan,
  caPem: string,
  ask: StunAsker,
  timeoutMs = READY_WITHIN_MS,
): Promise<ReadyListener[]> {
  const listeners = (Object.entries(server.ports) as [Listener, number | null][]).flatMap(([listener, port]) =>
    port === null ? [] : [{ transport: listener === "dtls" ? ("udp" as const) : listener, port }],
  );
  return Promise.all(
    listeners.map(async ({ transport, port }) => {
      const trust = transport === "tls" ? { servername: server.hostname, ca: caPem } : {};
      const target = { address: server.address, port, transport, ...trust };
      try {
        return { transport, port, ...(await ask(target, timeoutMs)) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${server.name}: no STUN answer from ${transport} ${server.address}:${port}: ${reason}`);
      }
    }),
  );
}
