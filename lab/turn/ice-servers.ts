import {
  ALL_URL_KINDS,
  type IceServer,
  type IceUrlKind,
  type ParsedIceUrlKind,
  parseIceUrlKind,
} from "../model/ice.ts";
import { listenersFor } from "../model/outside-server.ts";
import { usualPort } from "../model/server-ports.ts";
import { type IceServerRef, isRawIceServer, type TurnServerSpec } from "../model/topology.ts";
import type { TurnListener } from "../model/turn-listeners.ts";
import type { Credential } from "./credentials.ts";

export type ServerFacts = {
  hostname: string;
  /** What a peer presents: the server's own, or one minted for this peer. */
  credential: Credential;
  /** Of a server outside of the lab: all that its URLs may lead to. */
  outside?: { listeners: readonly TurnListener[] };
} & Pick<TurnServerSpec, "options" | "image">;

/** URLs by kind (RFC 7064, RFC 7065), by the server's name as applications write them. */
function urlsOf(kind: IceUrlKind, facts: ServerFacts): string[] {
  const { hostname, outside } = facts;
  const { use, transport, port: given } = parsed(kind);
  if (outside) return listenersFor(kind, outside.listeners).map((listener) => urlTo(use, hostname, listener));
  return [urlTo(use, hostname, { transport, port: given ?? usualPort(facts, transport) })];
}

function urlTo(use: ParsedIceUrlKind["use"], hostname: string, { transport, port }: TurnListener): string {
  if (use === "stun") return `stun:${hostname}:${port}`;
  if (transport === "tls") return `turns:${hostname}:${port}?transport=tcp`;
  return `turn:${hostname}:${port}?transport=${transport}`;
}

function parsed(kind: IceUrlKind): ParsedIceUrlKind {
  const result = parseIceUrlKind(kind);
  if (!result) throw new Error(`${kind} is no kind of URL`);
  return result;
}

/** The ports that kinds of URL name themselves (`tls:443`), by server. */
export function portsAsked(refs: readonly IceServerRef[]): Record<string, number[]> {
  const ports: Record<string, number[]> = {};
  for (const ref of refs) {
    // What an application wrote is no wish: whether the server listens there is the question.
    if (typeof ref === "string" || isRawIceServer(ref)) continue;
    const named = ref.urls.map((kind) => parsed(kind).port).filter((port) => port !== null);
    ports[ref.server] = [...(ports[ref.server] ?? []), ...named];
  }
  return ports;
}

/** What a peer puts into its `RTCConfiguration.iceServers`: STUN without, TURN with the credential. */
export function iceServersOf(
  refs: readonly IceServerRef[],
  servers: Readonly<Record<string, ServerFacts>>,
): IceServer[] {
  return refs.flatMap((ref) => {
    if (isRawIceServer(ref)) return [{ ...ref, urls: [ref.urls].flat() }];
    const { server, urls } = typeof ref === "string" ? { server: ref, urls: ALL_URL_KINDS } : ref;
    const facts = servers[server];
    if (!facts) throw new Error(`no TURN server ${server}`);
    const { username, password } = facts.credential;
    const urlsOfKinds = (kinds: readonly IceUrlKind[]) => [...new Set(kinds.flatMap((kind) => urlsOf(kind, facts)))];
    const stun = urlsOfKinds(urls.filter((kind) => kind === "stun"));
    const turn = urlsOfKinds(urls.filter((kind) => kind !== "stun"));
    return [
      ...(stun.length > 0 ? [{ urls: stun }] : []),
      ...(turn.length > 0 ? [{ urls: turn, username, credential: password }] : []),
    ];
  });
}
