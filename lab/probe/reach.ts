import { lookup as lookUp } from "node:dns/promises";
import { isIP } from "node:net";
import { type FailureCode, turnFailure } from "../model/failure.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import type { UrlReach } from "../model/probe.ts";
import { connect } from "../stun/connect.ts";
import type { StunMessage } from "../stun/message.ts";
import { attribute, request } from "../stun/message.ts";
import { StunClient } from "../stun/stun-client.ts";
import { StunError, type StunErrorCode } from "../stun/stun-error.ts";
import type { ServerTarget } from "../stun/transport.ts";
import { formatTransportAddress } from "../stun/transport-address.ts";
import { lookAtTls, openTcp } from "./look-at-tls.ts";
import { DEFAULT_PROBE_LIMITS, type ProbeCredential, type ProbeLimits } from "./target.ts";
import { sayTlsFault } from "./tls-faults.ts";
import { TurnQuestions } from "./turn-questions.ts";

const DAY_MS = 86_400_000;

export type ReachOptions = {
  credential: ProbeCredential | null;
  /** PEM of the only authorities trusted; absent: those of Node. */
  ca?: string;
  limits?: ProbeLimits;
  /** Where names are looked up. Default: this machine. */
  resolve?: (host: string) => Promise<string[]>;
};

type Step = NonNullable<UrlReach["failed"]>["step"];

/** What a step failed with, for the report. */
class Failed extends Error {
  readonly step: Step;
  readonly code: string;

  constructor(step: Step, code: string, message: string) {
    super(message);
    this.step = step;
    this.code = code;
  }
}

/**
 * One STUN or TURN URL, step by step, up to an allocation that is given back at once. Never rejects: what fails is `failed`. The
 * first address of the name is asked. Without a credential a TURN URL fails at `allocate` with `no_credential`, unless the server
 * asks for none.
 */
export async function reachUrl(
  url: string,
  options: ReachOptions,
): Promise<{ reach: UrlReach; target: ServerTarget | null }> {
  const reach: UrlReach = {
    url,
    addresses: [],
    resolveMs: null,
    connectMs: null,
    tls: null,
    allocateMs: null,
    relayed: null,
    mapped: null,
    lifetimeSeconds: null,
    software: null,
    failed: null,
  };
  let target: ServerTarget | null = null;
  try {
    const parsed = parseIceUrl(url);
    if ("error" in parsed) throw new Failed("resolve", "bad_url", parsed.error);
    const { limits = DEFAULT_PROBE_LIMITS, ca } = options;
    await resolveInto(reach, parsed.host, options.resolve ?? resolveHere);
    const transport = parsed.kind === "stun" ? "udp" : parsed.transport;
    target = {
      address: reach.addresses[0] ?? "",
      port: parsed.port,
      transport,
      ...(transport === "tls" ? { servername: parsed.host, ...(ca === undefined ? {} : { ca }) } : {}),
    };
    if (transport !== "udp") await connectInto(reach, target, limits);
    if (parsed.kind === "stun") await bindInto(reach, target, limits);
    else await allocateInto(reach, target, options.credential, limits);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    reach.failed = { step: error.step, code: error.code, message: error.message };
  }
  return { reach, target };
}

const resolveHere = async (host: string) => (await lookUp(host, { all: true })).map(({ address }) => address);

async function resolveInto(reach: UrlReach, host: string, resolve: (host: string) => Promise<string[]>): Promise<void> {
  if (isIP(host)) {
    reach.addresses = [host];
    return;
  }
  const startedAt = performance.now();
  try {
    reach.addresses = await resolve(host);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new Failed("resolve", code || "dns_failed", message);
  }
  reach.resolveMs = performance.now() - startedAt;
  if (reach.addresses.length === 0) throw new Failed("resolve", "dns_failed", `${host} has no address`);
}

/** TCP, and over TLS what the server shows. A certificate that is not trusted ends it, as it ends clients. */
async function connectInto(reach: UrlReach, target: ServerTarget, { timeoutMs }: ProbeLimits): Promise<void> {
  const startedAt = performance.now();
  const socket = await openTcp(target, timeoutMs).catch((error: NodeJS.ErrnoException) => {
    throw new Failed("connect", "turn_connect_failed" satisfies FailureCode, error.message || (error.code ?? "failed"));
  });
  reach.connectMs = performance.now() - startedAt;
  if (target.transport !== "tls") {
    socket.destroy();
    return;
  }
  const look = await lookAtTls(target, { timeoutMs, socket });
  const code = "turn_tls_failed" satisfies FailureCode;
  if ("code" in look) throw new Failed("tls", code, look.message);
  const { certificate, chainFault, nameFault, ms, version, cipher } = look;
  const faults = [chainFault === null ? null : `the certificate is not trusted: ${sayTlsFault(chainFault)}`, nameFault];
  const fault = faults.filter((one) => one !== null).join("; ");
  reach.tls = {
    ms,
    version,
    cipher,
    subject: certificate?.subject ?? "",
    issuer: certificate?.issuer ?? "",
    daysLeft: Math.floor(((certificate?.notAfterMs ?? 0) - Date.now()) / DAY_MS),
    fault: fault === "" ? null : fault,
  };
  if (fault !== "") throw new Failed("tls", code, fault);
}

async function bindInto(reach: UrlReach, target: ServerTarget, limits: ProbeLimits): Promise<void> {
  try {
    await using stun = new StunClient(await connect(target, limits));
    const answer = await stun.request(request("Binding"), limits);
    const error = attribute(answer, "ERROR-CODE");
    if (error) throw new Failed("stun", turnFailure(error.number), `${error.number} ${error.reason}`.trim());
    reach.allocateMs = answer.durationMs;
    learn(reach, answer);
  } catch (error) {
    throw asFailed("stun", error);
  }
}

async function allocateInto(
  reach: UrlReach,
  target: ServerTarget,
  credential: ProbeCredential | null,
  limits: ProbeLimits,
): Promise<void> {
  try {
    await using turn = await TurnQuestions.open({ ...target, url: reach.url }, credential, limits);
    const startedAt = performance.now();
    const { outcome, message, why, relayed } = await turn.allocate();
    if (message) learn(reach, message);
    if (outcome === "none") throw new Failed("allocate", "turn_no_answer" satisfies FailureCode, why);
    if (outcome === 401 && credential === null)
      throw new Failed("allocate", "no_credential", "it asks for a credential, and none was given: 401");
    if (outcome !== "success") {
      const reason = (message && attribute(message, "ERROR-CODE")?.reason) ?? "";
      throw new Failed("allocate", turnFailure(outcome), `${outcome} ${reason}`.trim());
    }
    reach.allocateMs = performance.now() - startedAt;
    reach.relayed = relayed && formatTransportAddress(relayed);
  } catch (error) {
    throw asFailed("allocate", error);
  }
}

function learn(reach: UrlReach, message: StunMessage): void {
  const mapped = attribute(message, "XOR-MAPPED-ADDRESS") ?? attribute(message, "MAPPED-ADDRESS");
  reach.mapped = mapped ? formatTransportAddress(mapped) : null;
  reach.lifetimeSeconds = attribute(message, "LIFETIME") ?? null;
  reach.software = attribute(message, "SOFTWARE") ?? null;
}

const CODES: Partial<Record<StunErrorCode, FailureCode>> = {
  timeout: "turn_no_answer",
  connection_failed: "turn_connect_failed",
  closed: "turn_connect_failed",
  certificate_rejected: "turn_tls_failed",
  tls_failed: "turn_tls_failed",
};

function asFailed(step: Step, error: unknown): unknown {
  if (!(error instanceof StunError)) return error;
  return new Failed(step, CODES[error.code] ?? "turn_error", error.message);
}
