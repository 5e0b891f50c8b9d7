import type { IceServer, IceUrlKind, TurnTransport } from "../model/ice.ts";
import type { IceServerRef } from "../model/topology.ts";
import { STUN_PORT, TLS_PORT } from "./coturn-config.ts";
import type { Credential } from "./credentials.ts";

const ALL: readonly IceUrlKind[] = ["stun", "udp", "tcp", "tls"];

export type ServerFacts = {
  hostname: string;
  credential: Credential;
  ports: Record<TurnTransport, number | null>;
};

/** URLs by kind (RFC 7064, RFC 7065), by the server's name as applications write them. */
function urlOf(kind: IceUrlKind, { hostname, ports }: ServerFacts): string {
  // A listener that is switched off keeps its URL: applications do not know either.
  if (kind === "stun") return `stun:${hostname}:${ports.udp ?? STUN_PORT}`;
  if (kind === "tls") return `turns:${hostname}:${ports.tls ?? TLS_PORT}?transport=tcp`;
  return `turn:${hostname}:${ports[kind] ?? STUN_PORT}?transport=${kind}`;
}

/** What a peer puts into its `RTCConfiguration.iceServers`: STUN without, TURN with the credential. */
export function iceServersOf(
  refs: readonly IceServerRef[],
  servers: Readonly<Record<string, ServerFacts>>,
): IceServer[] {
  return refs.flatMap((ref) => {
    const { server, urls } = typeof ref === "string" ? { server: ref, urls: ALL } : ref;
    const facts = servers[server];
    if (!facts) throw new Error(`no TURN server ${server}`);
    const { username, password } = facts.credential;
    const stun = urls.filter((kind) => kind === "stun").map((kind) => urlOf(kind, facts));
    const turn = urls.filter((kind) => kind !== "stun").map((kind) => urlOf(kind, facts));
    return [
      ...(stun.length > 0 ? [{ urls: stun }] : []),
      ...(turn.length > 0 ? [{ urls: turn, username, credential: password }] : []),
    ];
  });
}
