import type { CheckSeverity } from "./check.ts";

/** Questions to a running STUN or TURN server, one by one, and what it said. */

export const PROBE_GROUPS = {
  reach: "name, TCP, TLS, allocation and relayed address of each URL",
  authentication: "who may allocate",
  "peer-acl": "where it relays to",
  "tcp-relay": "TCP allocations (RFC 6062)",
  protocol: "answers that the RFCs ask for",
  tls: "versions, names, dates and chain",
  admin: "ports that are for the operator alone",
  amplification: "what a spoofed source gets more than it sent",
  quota: "how much one user, and all of them, may take",
  state: "what unauthenticated sources cost",
} as const;
export type ProbeGroup = keyof typeof PROBE_GROUPS;

/**
 * `ok`: as a secure server answers. `weak`: not so. `not-asked`: `why` says what it lacked. `unclear`: asked, and the answer, or
 * its absence, tells nothing.
 */
export type ProbeVerdict = "ok" | "weak" | "not-asked" | "unclear";

/** No result ever holds a secret. */
export type ProbeResult = {
  /** Stable, in kebab-case: `allocate-without-credentials`, `channel-bind-10.0.0.1`. */
  id: string;
  group: ProbeGroup;
  /** One sentence: what was asked. */
  title: string;
  /** Of which URL, where it belongs to one. */
  url: string | null;
  /** What a secure server does, and what this one did: `403`, `success`, `none` (silence), `7 days`. */
  expected: string;
  observed: string;
  verdict: ProbeVerdict;
  /** What a `weak` means. */
  severity: CheckSeverity;
  reason: string;
  fix: string | null;
  /** Whom it hits; null: whoever runs the server. */
  affects: string | null;
  /** The option of turnserver.conf that decides it, so that the line can be named. */
  option: string | null;
  /** In a lab: whether a listener of the lab at that address received a packet. Null: nobody listened. */
  hasReached: boolean | null;
  why?: string;
  /** What was measured, with units in the names: `{ ratio: 2.0, bytesOut: 40, bytesIn: 20 }`. */
  measured?: Readonly<Record<string, number>>;
  durationMs: number;
};

/** The trickle-ICE page's question for one URL, step by step; times in ms, null where it did not come that far. */
export type UrlReach = {
  url: string;
  /** Addresses that the name led to, where asked. */
  addresses: string[];
  resolveMs: number | null;
  connectMs: number | null;
  tls: {
    ms: number;
    version: string;
    cipher: string;
    subject: string;
    issuer: string;
    /** Until the certificate ends; negative: since. */
    daysLeft: number;
    /** Null where it is verified by name and chain. */
    fault: string | null;
  } | null;
  /** Both round trips of an Allocate; of a STUN URL, one of a Binding. */
  allocateMs: number | null;
  relayed: string | null;
  mapped: string | null;
  lifetimeSeconds: number | null;
  software: string | null;
  /** The step that failed, and how. */
  failed: { step: "resolve" | "connect" | "tls" | "stun" | "allocate"; code: string; message: string } | null;
};
