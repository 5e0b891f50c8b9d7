import type { TurnTransport } from "../model/ice.ts";
import type { TurnServerSpec } from "../model/topology.ts";
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
  /** What the server knows. */
  serverCredential: Credential;
  /** What the peers present: another one only where a scenario says so. */
  credential: Credential;
  options: Record<string, string | number | boolean | string[]>;
  relay: { address: string; minPort: number; maxPort: number };
};

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
      const hostname = spec.hostname ?? `${name}.lab.test`;
      const realm = spec.realm ?? hostname;
      const options = coturnOptions({ address, realm, credential: fresh }, spec.options);
      const relay = {
        address: String(options["relay-ip"]),
        minPort: Number(options["min-port"] ?? RELAY_PORTS.min),
        maxPort: Number(options["max-port"] ?? RELAY_PORTS.max),
      };
      const credential = spec.credential ?? fresh;
      return [name, { name, address, hostname, realm, serverCredential: fresh, credential, options, relay }];
    }),
  );
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
export function waitUntilReady(server: TurnServerPlan, caPem: string, ask: StunAsker): Promise<ReadyListener[]> {
  const listeners: { transport: TurnTransport; port: number }[] = [
    { transport: "udp", port: STUN_PORT },
    { transport: "tcp", port: STUN_PORT },
    { transport: "tls", port: TLS_PORT },
    // The DTLS listener, asked in plain: coturn takes both on it, and Debian 12's 4.6.1 has it whenever it has TLS.
    { transport: "udp", port: TLS_PORT },
  ];
  return Promise.all(
    listeners.map(async ({ transport, port }) => {
      const trust = transport === "tls" ? { servername: server.hostname, ca: caPem } : {};
      const target = { address: server.address, port, transport, ...trust };
      try {
        return { transport, port, ...(await ask(target, READY_WITHIN_MS)) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${server.name}: no STUN answer from ${transport} ${server.address}:${port}: ${reason}`);
      }
    }),
  );
}
