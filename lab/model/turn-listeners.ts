import { STUN_PORT, TLS_PORT, type TurnTransport } from "./ice.ts";
import type { TurnServerSpec } from "./topology.ts";

/** What a coturn listens on, out of its options; as measured with 4.6.1 and 4.17.1. Pure. */

type Options = NonNullable<TurnServerSpec["options"]>;

export type TurnListener = { transport: TurnTransport; port: number };

/** turnserver.conf's words for a transport that is switched off. */
const OFF: Record<TurnTransport, string> = { udp: "no-udp", tcp: "no-tcp", tls: "no-tls" };

export const isTransportOff = (options: Options, transport: TurnTransport): boolean => options[OFF[transport]] === true;

/** `dtls` is the word since 4.17.0, `no-dtls` before; the lab says whichever the server's version knows. */
export const hasDtls = (options: Options): boolean => options["no-dtls"] !== true && options.dtls !== false;

/** The two ports that a coturn has without being asked: the plain one, and the one named for TLS and DTLS. */
export function usualPorts(options: Options): { plain: number; secure: number } {
  const numberOr = (key: string, fallback: number) => {
    const value = options[key];
    return typeof value === "number" || typeof value === "string" ? Number(value) : fallback;
  };
  return { plain: numberOr("listening-port", STUN_PORT), secure: numberOr("tls-listening-port", TLS_PORT) };
}

/** Ports of `aux-server=ADDRESS:PORT`, each once. */
export function auxPorts(options: Options): number[] {
  const given = [options["aux-server"]].flat().filter((value) => typeof value === "string");
  const ports = given.map((place) => Number(/:(\d{1,5})$/.exec(place)?.[1] ?? Number.NaN));
  return [...new Set(ports.filter((port) => !Number.isNaN(port)))];
}

/**
 * Which of the ports that URLs name the server opens only because they do: coturn takes UDP, TCP and TLS alike on its
 * plain port, on its TLS port and on every `aux-server`. A scenario whose options have `aux-server`, be it `false`, has
 * said all that there is to open.
 */
export function portsToOpen(options: Options, asked: readonly number[]): number[] {
  if (options["aux-server"] !== undefined) return [];
  const { plain, secure } = usualPorts(options);
  return [...new Set(asked)].filter((port) => port !== plain && port !== secure).toSorted((a, b) => a - b);
}

/** Whether a URL over this transport, with this port where it names one, finds somebody who listens. */
export function listensOn(options: Options, { transport, port }: { transport: TurnTransport; port: number | null }) {
  if (isTransportOff(options, transport)) return false;
  const { plain, secure } = usualPorts(options);
  if (port === null || port === plain) return true;
  if (port === secure) return isSecurePortOpen(options, transport);
  return options["aux-server"] === undefined || auxPorts(options).includes(port);
}

/** All listeners, of which each must answer a STUN request. */
export function listenersOf(options: Options): TurnListener[] {
  const { plain, secure } = usualPorts(options);
  const isOn = (transport: TurnTransport) => !isTransportOff(options, transport);
  const on = (["udp", "tcp", "tls"] as const).filter(isOn);
  const usual = on.map((transport) => ({ transport, port: transport === "tls" ? secure : plain }));
  // The DTLS port, asked in plain UDP.
  const dtls = isOn("udp") && isSecurePortOpen(options, "udp") ? [{ transport: "udp" as const, port: secure }] : [];
  return [...usual, ...dtls, ...auxPorts(options).flatMap((port) => on.map((transport) => ({ transport, port })))];
}

/** The TLS port takes plain TCP and UDP as well, as long as it is open at all. */
function isSecurePortOpen(options: Options, transport: TurnTransport): boolean {
  if (isTransportOff(options, "tls")) return false;
  return transport !== "udp" || hasDtls(options);
}
