/** What a network lets out, and what a cloud firewall lets in to a server; as data. */

/** `udp`, `tcp:443`, `udp:49152-65535`: a protocol, and one port or a range of them where not all are meant. */
export type PortRule = `${"udp" | "tcp"}` | `${"udp" | "tcp"}:${string}`;

export type ParsedPortRule = { protocol: "udp" | "tcp"; min: number; max: number };

/**
 * Egress, as an office's firewall has it: of what leaves by the WAN. What one host inside sends another by its outside
 * address (hairpinning) does not leave, and is not asked. State is kept: answers to what was let out come in.
 */
export type Firewall = {
  /** Looked at first. */
  deny: PortRule[];
  /** `all`: whatever is not denied. A list: only that. */
  allow: "all" | PortRule[];
  /** Denied packets are dropped without an answer, or refused: ICMP port unreachable, TCP reset. */
  refuse: "drop" | "reject";
  /** TCP ports on which only TLS passes: a flow whose first payload is not a TLS handshake is cut, as `refuse` says. */
  tlsOnly: number[];
  /** An HTTP CONNECT proxy on the router, which may connect to these ports; the peers behind it are told to use it. */
  proxy: { port: number; connectPorts: number[] } | null;
};

/** Where an HTTP CONNECT proxy listens, as the peers behind it are told. */
export type ProxyAddress = { host: string; port: number };

const open: Firewall = { deny: [], allow: "all", refuse: "drop", tlsOnly: [], proxy: null };

export type FirewallPreset = Firewall & { description: string };

export const FIREWALL_PRESETS = {
  open: { ...open, description: "Everything may leave." },
  "udp-blocked": { ...open, deny: ["udp"], description: "UDP is dropped without an answer." },
  "udp-rejected": {
    ...open,
    deny: ["udp"],
    refuse: "reject",
    description: "UDP is refused at once with ICMP port unreachable.",
  },
  "web-only": {
    ...open,
    allow: ["tcp:80", "tcp:443"],
    description: "Only TCP to ports 80 and 443 may leave; nobody looks inside.",
  },
  "tls-443": {
    ...open,
    allow: ["tcp:443"],
    refuse: "reject",
    tlsOnly: [443],
    description: "Only TLS to port 443 may leave; a plain TURN handshake there is reset.",
  },
  "proxy-only": {
    ...open,
    allow: [],
    proxy: { port: 3128, connectPorts: [443] },
    description: "Nothing may leave; an HTTP CONNECT proxy connects to port 443.",
  },
  "stun-port-blocked": {
    ...open,
    deny: ["udp:3478", "tcp:3478"],
    description: "Port 3478 is blocked, UDP and TCP; everything else may leave.",
  },
} as const satisfies Record<string, FirewallPreset>;

export type FirewallPresetName = keyof typeof FIREWALL_PRESETS;

/** A preset's name, or data: what is not given is as in `open`. */
export type FirewallSpec = FirewallPresetName | Partial<Firewall>;

export function firewallOf(spec: FirewallSpec | undefined): Firewall {
  if (spec === undefined) return open;
  if (typeof spec !== "string") return { ...open, ...spec };
  const { deny, allow, refuse, tlsOnly, proxy }: Firewall = FIREWALL_PRESETS[spec];
  return { deny, allow, refuse, tlsOnly, proxy };
}

/** Null where the text is no rule: see `PortRule`. */
export function parsePortRule(text: string): ParsedPortRule | null {
  const match = /^(udp|tcp)(?::(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text);
  if (!match) return null;
  const [, protocol, first, last] = match;
  const min = first === undefined ? 0 : Number(first);
  const max = first === undefined ? 65_535 : Number(last ?? first);
  if ((first !== undefined && min === 0) || max > 65_535 || min > max) return null;
  return { protocol: protocol as "udp" | "tcp", min, max };
}

/** What somebody inside wants to send: to which port, and whether its first payload is a TLS handshake. */
export type Flow = { protocol: "udp" | "tcp"; port: number; isTls: boolean };

/** What happens to a flow that does not go through the proxy. */
export function fateOf(firewall: Firewall, flow: Flow): "passed" | "dropped" | "rejected" {
  const refused = firewall.refuse === "drop" ? "dropped" : "rejected";
  const matches = (rules: readonly PortRule[]) => rules.some((rule) => covers(rule, flow));
  if (matches(firewall.deny)) return refused;
  if (firewall.allow !== "all" && !matches(firewall.allow)) return refused;
  return flow.protocol === "tcp" && !flow.isTls && firewall.tlsOnly.includes(flow.port) ? refused : "passed";
}

/** Whether a cloud firewall lets a packet in to a server; without a list it lets everything in. */
export function letsIn(allow: readonly PortRule[] | undefined, { protocol, port }: Omit<Flow, "isTls">): boolean {
  return allow === undefined || allow.some((rule) => covers(rule, { protocol, port }));
}

function covers(rule: PortRule, { protocol, port }: Omit<Flow, "isTls">): boolean {
  const parsed = parsePortRule(rule);
  return parsed !== null && parsed.protocol === protocol && parsed.min <= port && port <= parsed.max;
}
