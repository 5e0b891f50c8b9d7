/** What is wrong with a turnserver.conf as a text, as `check` tells it, and what the gate judges by. */

/**
 * `error`: calls break, the server does not start, or it stands open to anybody. `warning`: it runs, and something of
 * it is weaker, smaller or other than its author meant. `note`: worth knowing.
 */
export const CHECK_SEVERITIES = ["error", "warning", "note"] as const;
export type CheckSeverity = (typeof CHECK_SEVERITIES)[number];

/** No finding ever holds a secret of the file. */
export type CheckFinding = {
  /** Stable, in kebab-case: `unknown-option`, `denied-peer-missing`, `cve-2026-27624`. */
  rule: string;
  severity: CheckSeverity;
  /** As the user named it. */
  file: string;
  /** From 1 on; null where it is the whole file, or something that is not there. */
  line: number | null;
  /** The option that decides it, also where no line has it. */
  option: string | null;
  /** What was expected, and what was found: parts of one sentence each. */
  expected: string;
  found: string;
  /** What comes of it, with its source where there is one (coturn file, RFC section, CVE). */
  reason: string;
  /** The change that mends it, as a line of the file where that is possible. */
  fix: string | null;
  /** Whom it hits, as a sentence's subject: "users behind firewalls that block UDP". Null: whoever runs the server. */
  affects: string | null;
};

/** One rule of the check, for `--help`, SARIF and profiles that set it. */
export type CheckRule = {
  id: string;
  severity: CheckSeverity;
  /** One sentence. */
  title: string;
  /** A source that explains it. */
  url?: string;
};

/** What is known of those who use the server, where somebody is: rules that need it are silent without. */
export type CheckNeeds = {
  /** STUN and TURN URLs that clients are given. */
  urls: readonly string[];
  /** The address under which clients know the server; null: the file's own. */
  publicAddress: string | null;
  concurrentCalls: number;
  /** Of one call, each way. */
  bitsPerSecond: number;
  callSeconds: number;
  /** Of minted credentials; null: fixed users, or nobody knows. */
  credentialLifetimeS: number | null;
  /** Peers that relays must reach beside other relays. */
  peerAddresses: readonly string[];
};
