import { STUN_PORT, TLS_PORT, type TurnTransport } from "../../model/ice.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import { readAddressPort } from "../read-value.ts";
import type { Settings } from "../settings.ts";
import { compareVersions } from "../version.ts";
import type { CheckedConfig } from "./checked-config.ts";

/** What a file opens to clients: coturn takes TLS on its plain port as well, and plain TCP on its TLS port. */
export type Listeners = { udp: readonly number[]; tcp: readonly number[]; tls: readonly number[] };

/** Out of the settings, as coturn opens them (src/apps/relay/netengine.c, `setup_*_listeners`). */
export function listenersOf(settings: Settings, version: string | null): Listeners {
  const plain = settings.numberOf("listening-port") || STUN_PORT;
  const secure = settings.numberOf("tls-listening-port") || TLS_PORT;
  const auxiliary = settings.valuesOf("aux-server").flatMap((value) => readAddressPort(value)?.port ?? []);
  const [udp, tcp] = [!settings.isOn("no-udp"), !settings.isOn("no-tcp")];
  const tls = hasTls(settings);
  const ports = [plain, secure, ...auxiliary];
  return {
    udp: [...(udp ? [plain, ...auxiliary] : []), ...(hasDtls(settings, version) ? [secure] : [])],
    tcp: tcp ? (tls ? ports : [plain, ...auxiliary]) : [],
    tls: tls ? (tcp ? ports : [secure, ...auxiliary]) : [],
  };
}

/** DTLS is off unless asked for from 4.17.0 on; of an unknown version it is taken for on. */
export function hasDtls(settings: Settings, version: string | null): boolean {
  if (!settings.textOf("cert") || !settings.textOf("pkey")) return false;
  if (version !== null && compareVersions(version, "4.17.0") >= 0) return settings.isOn("dtls");
  return !settings.isOn("no-dtls");
}

/** Without a certificate or a key coturn starts neither TLS nor DTLS, and goes on (src/apps/relay/mainrelay.c, `openssl_setup`). */
export function hasTls(settings: Settings): boolean {
  return !settings.isOn("no-tls") && Boolean(settings.textOf("cert")) && Boolean(settings.textOf("pkey"));
}

export type NeededListener = { url: string; transport: TurnTransport; host: string; port: number; isStun: boolean };

/**
 * Listeners that the URLs of the clients need; URLs that are none are left to whoever reads the profile. A `stun:` URL at a host of
 * which no TURN URL and no address of the server tells is somebody else's.
 */
export function neededListeners({ needs }: CheckedConfig): NeededListener[] {
  const needed = (needs?.urls ?? []).flatMap((url) => {
    const parsed = parseIceUrl(url);
    if ("error" in parsed) return [];
    const { host, port } = parsed;
    const transport: TurnTransport = parsed.kind === "stun" ? "udp" : parsed.transport;
    return [{ url, transport, host, port, isStun: parsed.kind === "stun" }];
  });
  const own = new Set([needs?.publicAddress, ...needed.filter(({ isStun }) => !isStun).map(({ host }) => host)]);
  return needed.filter(({ isStun, host }) => !isStun || own.has(host));
}

/** Those who need a transport, as a sentence's subject. */
export function usersOf(transport: TurnTransport, port: number): string {
  if (transport === "udp") return "users whose calls are relayed over UDP: most of those who need TURN";
  if (port === 443) return "users behind firewalls that let only port 443 out";
  return "users behind firewalls that block UDP";
}
