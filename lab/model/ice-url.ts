import type { TurnTransport } from "./ice.ts";

export type StunUrl = { kind: "stun"; host: string; port: number };
export type TurnUrl = { kind: "turn"; transport: TurnTransport; host: string; port: number };

/** `stun:` and `turn:` default to 3478, `turns:` to 5349 (RFC 7064 section 3.2, RFC 7065 section 3.2). */
const DEFAULT_PORT = { stun: 3478, turn: 3478, turns: 5349 } as const;

const GRAMMAR = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[^:?/@[\]\s]+)(?::(\d{1,5}))?(?:\?transport=([a-z]+))?$/i;

/** Parses a STUN URI (RFC 7064) or TURN URI (RFC 7065); the error is a sentence that names the URL. */
export function parseIceUrl(url: string): StunUrl | TurnUrl | { error: string } {
  const match = GRAMMAR.exec(url.trim());
  if (!match) return { error: `expected stun:HOST[:PORT] or turn[s]:HOST[:PORT][?transport=udp|tcp], found "${url}"` };
  const [, schemeText = "", hostText = ""] = match;
  const scheme = schemeText.toLowerCase();
  const host = hostText.replace(/^\[|\]$/g, "");
  const transport = match[4]?.toLowerCase();
  if (scheme === "stuns") return { error: `stuns: is not supported by this peer, found "${url}"` };
  if (scheme !== "stun" && scheme !== "turn" && scheme !== "turns") return { error: `unknown scheme in "${url}"` };
  const port = match[3] === undefined ? DEFAULT_PORT[scheme] : Number(match[3]);
  if (port < 1 || port > 65_535) return { error: `expected a port from 1 to 65535, found "${url}"` };
  if (scheme === "stun") {
    if (transport !== undefined) return { error: `a stun: URL has no transport, found "${url}"` };
    return { kind: "stun", host, port };
  }
  if (scheme === "turns") {
    // TLS over TCP is the default of turns:; over UDP it would be DTLS, which browsers do not speak to servers either.
    if (transport !== undefined && transport !== "tcp") return { error: `turns: needs transport=tcp, found "${url}"` };
    return { kind: "turn", transport: "tls", host, port };
  }
  if (transport === undefined || transport === "udp") return { kind: "turn", transport: "udp", host, port };
  if (transport === "tcp") return { kind: "turn", transport: "tcp", host, port };
  return { error: `expected transport=udp or transport=tcp, found "${url}"` };
}
