import { letsIn } from "../model/firewall.ts";
import type { TurnTransport } from "../model/ice.ts";
import { otherNameOf } from "../model/topology.ts";
import type { TurnListener } from "../model/turn-listeners.ts";
import { formatTransportAddress } from "../stun/transport-address.ts";
import { hasGivenCertificate } from "./configured-server.ts";
import type { TurnServerPlan } from "./turn-server.ts";

/** How long a server may take from its start until every listener has answered. */
const READY_WITHIN_MS = 10_000;

/** Every listener at every address; `address` is told where there is more than one. */
function placesOf({ listeners, addresses, ...gates }: TurnServerPlan, isWanted: boolean) {
  return listeners
    .filter((listener) => isOpen(listener, gates) === isWanted)
    .flatMap((listener) => addresses.map((address) => ({ listener: named(listener, address, addresses), address })));
}

function named(listener: TurnListener, address: string, addresses: readonly string[]) {
  return addresses.length > 1 ? { ...listener, address } : listener;
}

const protocolOf = (transport: TurnTransport) => (transport === "udp" ? "udp" : "tcp");

type Gates = Pick<TurnServerPlan, "firewall" | "forwarded" | "sendsTtl" | "routersAway">;

/** Whether whatever stands in front of the server lets the internet in to a listener, and the answer out that far. */
export function isOpen({ transport, port }: TurnListener, gates: Gates): boolean {
  const { firewall, forwarded = [] } = gates;
  if (transport === "udp" && isUnheard(gates)) return false;
  const flow = { protocol: protocolOf(transport), port } as const;
  return [firewall, ...forwarded].every((rules) => letsIn(rules, flow));
}

export /** RFC 1812 section 5.3.1: each router takes one off, and drops what has none left. */
const isUnheard = ({ sendsTtl, routersAway = 1 }: Gates) => sendsTtl !== undefined && sendsTtl <= routersAway;

type Target = { address: string; port: number; transport: TurnTransport; servername?: string; ca?: string };

/** Somebody on the lab's internet who can ask a STUN question, and see that nobody answers. */
export type StunAsker = {
  /** Asks until there is an answer. */
  ask(target: Target, timeoutMs: number): Promise<{ answer: "success" | "401"; durationMs: number }>;
  /** Asks for so long and rejects with what came, be it a refusal, if it was not silence. */
  expectSilence(target: Omit<Target, "transport"> & { transport: "udp" | "tcp" }, durationMs: number): Promise<void>;
};

export type ReadyListener = TurnListener & {
  answer: "success" | "401" | "blocked";
  durationMs: number;
  /** Which of the server's, where it has one of each family. */
  address?: string;
};

/**
 * Resolves when each listener that the server's firewall or router lets anybody in to has answered a STUN Binding request
 * with success or 401, seen from across a routed hop. `caPem`: the only authorities trusted; absent, those of Node.
 */
export function waitUntilReady(
  server: TurnServerPlan,
  caPem: string | undefined,
  { ask }: Pick<StunAsker, "ask">,
  timeoutMs = READY_WITHIN_MS,
): Promise<ReadyListener[]> {
  return Promise.all(
    placesOf(server, true).map(async ({ listener, address }) => {
      const target = targetOf(server, listener, address, caPem);
      const { port, transport } = target;
      try {
        return { ...listener, ...(await ask(target, timeoutMs)) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const where = formatTransportAddress({ address, port });
        throw new Error(`${server.name}: no STUN answer from ${transport} ${where}: ${reason}`);
      }
    }),
  );
}

/** How to ask at a port of a server, whatever is wrong with its certificate. */
export function targetOf(
  server: TurnServerPlan,
  { transport: given, port }: TurnListener,
  address: string,
  caPem: string | undefined,
): Target {
  const transport = askedOver(given, server);
  const trust = transport === "tls" ? { ...nameOn(server), ...(caPem === undefined ? {} : { ca: caPem }) } : {};
  return { address, port, transport, ...trust };
}

/**
 * Nobody can verify a certificate that has expired, or says what the user's own is worth before calls do; a coturn takes TCP
 * without TLS at the same port.
 */
function askedOver(transport: TurnTransport, server: TurnServerPlan): TurnTransport {
  const isUnsure = server.certificate === "expired" || (hasGivenCertificate(server) && !server.options["no-tcp"]);
  return transport === "tls" && isUnsure ? "tcp" : transport;
}

/** What its certificate must carry: the name, or the address where its URLs have no name (SNI has names alone). */
function nameOn({ hostname, address, certificate }: TurnServerPlan): { servername?: string } {
  if (certificate === "other-name") return { servername: otherNameOf(hostname) };
  return hostname === address ? {} : { servername: hostname };
}

/** A listener that answers does so within this; what its wire adds is seen in how long the others took. */
const SILENT_FOR_MS = 300;

/**
 * Proves that the other listeners, which are open in the server itself, are silent behind its firewall or router, or
 * answers with a TTL that ends on the way. To be asked when `ready` has come: before, everything is silent. Rejects naming the port that is not.
 */
export function proveBlocked(
  server: TurnServerPlan,
  ready: readonly ReadyListener[],
  { expectSilence }: Pick<StunAsker, "expectSilence">,
): Promise<ReadyListener[]> {
  const durationMs = SILENT_FOR_MS + 2 * Math.min(...ready.map((listener) => listener.durationMs));
  return Promise.all(
    placesOf(server, false).map(async ({ listener, address }) => {
      const { transport, port } = listener;
      // TLS comes after TCP: who cannot connect needs no certificate.
      const target = { address, port, transport: protocolOf(transport) } as const;
      try {
        await expectSilence(target, durationMs);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const gate = transport === "udp" && isUnheard(server) ? "TTL" : server.forwarded ? "router" : "firewall";
        throw new Error(`the ${gate} of ${server.name} should block ${transport} ${port}, and does not: ${reason}`);
      }
      return { ...listener, answer: "blocked" as const, durationMs };
    }),
  );
}
