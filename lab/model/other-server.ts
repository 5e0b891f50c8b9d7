import { parseIceUrlKind, RELAY_PORTS, type TurnTransport } from "./ice.ts";
import type { TurnServerSpec } from "./topology.ts";
import type { TurnListener } from "./turn-listeners.ts";

/** Where a server listens: `udp:3478`, `tls:443`. */
export type ListenerSpec = `${TurnTransport}:${number}`;

/**
 * A TURN server that is not coturn: what the lab cannot know by itself. `{{NAME}}` in `command`, `env` and `files` stands
 * for what the lab decides; see `PLACEHOLDERS`.
 */
export type OtherServer = {
  /** The image, as `docker run` takes it. */
  reference: string;
  /** The server's command line. Default: the image's own ENTRYPOINT and CMD. */
  command?: string[];
  env?: Record<string, string>;
  /** What it is configured with, by absolute path. */
  files?: Record<string, string>;
  /** It is ready when each of them has answered a STUN request, and its URLs name their ports. */
  listeners: ListenerSpec[];
  /** Of its relayed transport addresses. Default 49152 to 65535. */
  relayPorts?: { min: number; max: number };
};

/** What a server that is not coturn may be told, and what that is. */
export const PLACEHOLDERS = {
  address: "its IPv4 address, on which it listens and relays",
  addresses: "all its addresses, IPv4 first, separated by commas",
  publicAddress: "the one by which the internet knows it; its own, but behind a router",
  hostname: "its name in URLs",
  realm: "the realm of its credentials",
  username: "the user it must know",
  password: "that user's password",
  certificate: "the path of its certificate with the chain, PEM",
  key: "the path of its private key, PEM",
  minPort: "the first port of its relayed addresses",
  maxPort: "the last one",
} as const;
export type PlaceholderName = keyof typeof PLACEHOLDERS;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names in a text, known or not. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
}

export function fillPlaceholders(text: string, values: Record<PlaceholderName, string>): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as PlaceholderName] : whole,
  );
}

/** Null where the server is a coturn. */
export function otherServerOf({ image }: Pick<TurnServerSpec, "image">): OtherServer | null {
  return typeof image === "object" ? image : null;
}

/** Each text is a `ListenerSpec`; what is none is left out. */
export function declaredListeners({ listeners }: { listeners: readonly string[] }): TurnListener[] {
  return listeners.flatMap((text) => {
    const parsed = parseIceUrlKind(text);
    return parsed?.use === "turn" && parsed.port !== null ? [{ transport: parsed.transport, port: parsed.port }] : [];
  });
}

export function relayPortsOf({ relayPorts = RELAY_PORTS }: OtherServer): { min: number; max: number } {
  return relayPorts;
}
