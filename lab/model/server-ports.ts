import { RELAY_PORTS, STUN_PORT, TLS_PORT, type TurnTransport } from "./ice.ts";
import { declaredListeners, otherServerOf, relayPortsOf } from "./other-server.ts";
import type { TurnServerSpec } from "./topology.ts";
import { listenersOf, listensOn, portsToOpen, type TurnListener, usualPorts } from "./turn-listeners.ts";

/** Ports of a TURN server, out of its spec: a coturn's by its options, another's as declared. Pure. */

type Spec = Pick<TurnServerSpec, "options" | "image">;

/** The port of a URL that names none. A listener that is not there keeps its URL: applications do not know either. */
export function usualPort(spec: Spec, transport: TurnTransport): number {
  const other = otherServerOf(spec);
  if (!other) {
    const { plain, secure } = usualPorts(spec.options ?? {});
    return transport === "tls" ? secure : plain;
  }
  const listeners = declaredListeners(other);
  const own = listeners.find((listener) => listener.transport === transport);
  if (own || transport === "tls") return own?.port ?? TLS_PORT;
  return listeners.find((listener) => listener.transport !== "tls")?.port ?? STUN_PORT;
}

/** Whether a URL over this transport, with this port where it names one, finds somebody who listens. */
export function listensAt(spec: Spec, { transport, port }: { transport: TurnTransport; port: number | null }): boolean {
  const other = otherServerOf(spec);
  if (!other) return listensOn(spec.options ?? {}, { transport, port });
  return declaredListeners(other).some(
    (listener) => listener.transport === transport && (port === null || listener.port === port),
  );
}

/** All listeners. A coturn opens the ports that URLs name as well; of another the declaration says all that there are. */
export function listenersAt(spec: Spec, portsAsked: readonly number[]): TurnListener[] {
  const other = otherServerOf(spec);
  if (other) return declaredListeners(other);
  const options = spec.options ?? {};
  const further = portsToOpen(options, portsAsked).map((port) => `:${port}`);
  return listenersOf(further.length > 0 ? { ...options, "aux-server": further } : options);
}

/** Of its relayed transport addresses. */
export function relayRange(spec: Spec): { min: number; max: number } {
  const other = otherServerOf(spec);
  if (other) return relayPortsOf(other);
  const { options = {} } = spec;
  return { min: Number(options["min-port"] ?? RELAY_PORTS.min), max: Number(options["max-port"] ?? RELAY_PORTS.max) };
}
