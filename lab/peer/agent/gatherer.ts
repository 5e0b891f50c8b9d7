import net from "node:net";
import { candidateFoundation, classes, Message, methods, StunProtocol, Candidate as WeriftCandidate } from "werift";
import type { UrlReport } from "../../model/events.ts";
import type { Candidate, IceServer, TurnTransport } from "../../model/ice.ts";
import { parseIceUrl, type StunUrl, type TurnUrl } from "../../model/ice-url.ts";
import type { TimelineStep } from "../../model/timeline.ts";
import { monotonicMs } from "../course/clock.ts";
import type { AgentSettings } from "../protocol.ts";
import { firstToSucceed } from "./happy-eyeballs.ts";
import { hostAddresses, ownFamilies } from "./host-addresses.ts";
import { candidatePriority } from "./priority.ts";
import { allocate, type Permissions, REQUEST_RETRANSMISSIONS, REQUEST_RTO_MS, type Relay } from "./relay.ts";
import { serverAddresses } from "./server-addresses.ts";
import type { NextHop } from "./stream-transport.ts";
import { describeIceServerError, type Phase } from "./turn-error.ts";
import type { Address, IceConnection } from "./werift-internals.ts";

/** One URL's whole attempt, name lookup to relayed address. Browsers wait 9.5 s for UDP; a blocked one never answers. */
const URL_TIMEOUT_MS = 5_000;

export type GathererOptions = AgentSettings & {
  iceServers: readonly IceServer[];
  transportPolicy: "all" | "relay";
  /** All candidates and errors are known. */
  onEnd: () => void;
  /** The server of an allocation has cut its connection: what was sent over it, and would be, is gone. */
  onCut: (relay: Relay) => void;
  onStep: (step: TimelineStep) => void;
};

type Attempt = { url: string; order: number; server: IceServer; report: UrlReport };
type Relayed = { relay: Relay; url: string; transport: TurnTransport };

/** Gathers from every URL of every ICE server, all at once, as browsers do; each candidate is given on at once. */
export class Gatherer {
  readonly candidates: Candidate[] = [];
  readonly relays: Relayed[] = [];
  readonly permissions: Permissions = { granted: 0, refused: [] };
  readonly turnAllocateMs: number[] = [];
  readonly turnAllocateOver: TurnTransport[] = [];
  startedAtMs: number | null = null;
  endedAtMs: number | null = null;
  readonly #connection: IceConnection;
  readonly #options: GathererOptions;
  readonly #abort = new AbortController();
  readonly #attempts: Attempt[];
  readonly #lookups = new Map<string, Promise<string[]>>();
  #done: Promise<void> = Promise.resolve();

  constructor(connection: IceConnection, options: GathererOptions) {
    this.#connection = connection;
    this.#options = options;
    this.permissions.onRefused = (peer, { message }) => options.onStep({ step: "permission-refused", peer, message });
    const urls = options.iceServers.flatMap((server) => server.urls.map((url) => ({ url, server })));
    this.#attempts = urls.map(({ url, server }, order) => {
      return { url, order, server, report: { url, outcome: "unfinished", durationMs: null } };
    });
  }

  /** What became of each URL so far. */
  get reports(): UrlReport[] {
    return this.#attempts.filter((a) => this.#isUsed(a)).map((a) => a.report);
  }

  start(): void {
    this.startedAtMs = monotonicMs();
    this.#options.onStep({ step: "gathering-started" });
    this.#done = this.#gather();
  }

  /** Stops what is under way and gives every allocation back. */
  async close(): Promise<void> {
    this.#abort.abort(new Error("session ended"));
    await this.#done;
    await Promise.all(this.relays.map(({ relay }) => relay.release()));
  }

  async #gather(): Promise<void> {
    const sockets = this.#options.transportPolicy === "relay" ? [] : this.#openHostSockets();
    const attempts = this.#attempts.filter((a) => this.#isUsed(a)).map((attempt) => this.#try(attempt, sockets));
    await Promise.allSettled([...sockets, ...attempts]);
    if (this.#abort.signal.aborted) return;
    this.endedAtMs = monotonicMs();
    this.#options.onStep({ step: "gathering-ended" });
    this.#connection.localCandidatesEnd = true;
    this.#options.onEnd();
  }

  /** With policy `relay` a STUN server could only give candidates that must not be used: it is not contacted. */
  #isUsed({ url }: Attempt): boolean {
    const parsed = parseIceUrl(url);
    return !("kind" in parsed) || parsed.kind === "turn" || this.#options.transportPolicy === "all";
  }

  #openHostSockets(): Promise<StunProtocol>[] {
    return hostAddresses(this.#options.loopbackOnly ?? false).map(async (address, order) => {
      const protocol = new StunProtocol();
      this.#connection.ensureProtocol(protocol);
      const isIpv4 = net.isIPv4(address);
      await protocol.connectionMade(isIpv4, undefined, isIpv4 ? { udp4: address } : { udp6: address });
      protocol.transport.socket.on("error", () => {});
      if (this.#abort.signal.aborted) {
        await protocol.close();
        throw this.#abort.signal.reason;
      }
      protocol.localIp = address;
      const own: Address = [address, protocol.getExtraInfo()[1]];
      const candidate = this.#candidate("host", own, candidatePriority("host", order), own);
      this.#connection.protocols.push(protocol);
      protocol.localCandidate = candidate;
      this.#connection.pairLocalProtocol(protocol);
      this.#give(candidate);
      return protocol;
    });
  }

  async #try(attempt: Attempt, sockets: Promise<StunProtocol>[]): Promise<void> {
    const { report, url, server } = attempt;
    const startedAtMs = monotonicMs();
    this.#options.onStep({ step: "url-tried", url });
    /** Of each address that is tried; the first is the preferred one. */
    const phases: Phase[] = ["lookup"];
    const timeout = AbortSignal.timeout(URL_TIMEOUT_MS);
    const signal = AbortSignal.any([this.#abort.signal, timeout]);
    try {
      const parsed = parseIceUrl(url);
      if ("error" in parsed) {
        report.failure = { code: "turn_error", message: parsed.error };
        throw new Error(parsed.error);
      }
      const hops = await this.#nextHops(parsed, signal);
      phases[0] = parsed.kind === "stun" ? "binding" : "request";
      if (parsed.kind === "stun") {
        await this.#discover(
          attempt,
          hops.map(({ address }) => address),
          sockets,
          signal,
        );
      } else if (server.username === undefined || server.credential === undefined) {
        report.failure = { code: "turn_unauthorized", message: "no username and credential given for a TURN URL" };
        throw new Error(report.failure.message);
      } else {
        const credential = { username: server.username, password: server.credential };
        const sentAtMs = monotonicMs();
        const relay = await firstToSucceed(
          hops.map((hop, index) => (lost) => {
            const ended = AbortSignal.any([signal, lost]);
            const onPhase = (phase: Phase) => {
              phases[index] = phase;
            };
            return allocate(parsed, hop, credential, this.permissions, ended, onPhase, this.#options);
          }),
          (late) => void late.release(),
        );
        this.turnAllocateMs.push(monotonicMs() - sentAtMs);
        this.turnAllocateOver.push(parsed.transport);
        this.#addRelay(parsed, attempt, relay);
      }
      this.#options.onStep({ step: "url-answered", url });
      report.outcome = "ok";
      report.durationMs = monotonicMs() - startedAtMs;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      report.outcome = "failed";
      report.durationMs = monotonicMs() - startedAtMs;
      const cause = timeout.aborted ? new Error(`timed out after ${URL_TIMEOUT_MS} ms`) : error;
      report.failure ??= describeIceServerError(cause, phases[0] ?? "lookup");
      this.#options.onStep({ step: "url-failed", url, ...report.failure });
    }
  }

  /** The server's addresses, or the proxy in their stead, which looks the name up itself: a peer may not be able to. */
  async #nextHops(url: StunUrl | TurnUrl, signal: AbortSignal): Promise<NextHop[]> {
    const { proxy } = this.#options;
    const isStream = url.kind === "turn" && url.transport !== "udp";
    if (proxy && isStream) return [{ address: [proxy.host, proxy.port], isProxy: true }];
    const addresses = await this.#resolve(url.host, signal);
    return addresses.map((address) => ({ address: [address, url.port], isProxy: false }));
  }

  /** Once per name and session, by the system's resolver. */
  #resolve(host: string, signal: AbortSignal): Promise<string[]> {
    let lookup = this.#lookups.get(host);
    if (!lookup) {
      lookup = serverAddresses(host, ownFamilies(this.#options.loopbackOnly ?? false));
      this.#lookups.set(host, lookup);
    }
    return abortable(lookup, signal);
  }

  /** Asks from every socket that has the family of one of the server's addresses. */
  async #discover(attempt: Attempt, servers: Address[], sockets: Promise<StunProtocol>[], signal: AbortSignal) {
    const opened = (await Promise.allSettled(sockets)).flatMap((s) => (s.status === "fulfilled" ? [s.value] : []));
    const pairs = opened.flatMap((protocol, order) => {
      const server = servers.find(([host]) => net.isIP(host) === net.isIP(protocol.localIp ?? ""));
      return server ? [{ protocol, server, order }] : [];
    });
    const answers = await Promise.allSettled(
      pairs.map(async ({ protocol, server, order }) => {
        const request = new Message(methods.BINDING, classes.REQUEST);
        const options = { retransmissions: REQUEST_RETRANSMISSIONS, responseTimeout: REQUEST_RTO_MS, signal };
        const [response] = await protocol.request(request, server, undefined, options);
        const mapped = response.getAttributeValue("XOR-MAPPED-ADDRESS") as Address | undefined;
        if (!mapped) throw new Error("the answer has no XOR-MAPPED-ADDRESS");
        this.#addReflexive(mapped, protocol, attempt, order);
      }),
    );
    const failed = answers.find((a) => a.status === "rejected");
    if (answers.every((a) => a.status === "rejected")) throw failed?.reason ?? new Error("no host candidate");
  }

  #addReflexive(mapped: Address, protocol: StunProtocol, { url, order }: Attempt, socketOrder: number): void {
    const base = protocol.localCandidate;
    // RFC 8445 section 5.1.3: redundant when the address is known (no NAT, or two URLs saw the same).
    if (!base || this.#abort.signal.aborted) return;
    if (this.candidates.some((c) => c.address === mapped[0] && c.port === mapped[1])) return;
    const priority = candidatePriority("srflx", socketOrder * 100 + order);
    this.#give(this.#candidate("srflx", mapped, priority, [base.host, base.port], [base.host, base.port]), url);
  }

  #addRelay(parsed: TurnUrl, { url, order }: Attempt, relay: Relay): void {
    const { protocol, relayedAddress, mappedAddress } = relay;
    this.relays.push({ relay, url, transport: parsed.transport });
    relay.onCut(() => this.#options.onCut(relay));
    this.#connection.ensureProtocol(protocol);
    this.#connection.protocols.push(protocol);
    const priority = candidatePriority(parsed.transport, order);
    const candidate = this.#candidate(
      "relay",
      relayedAddress,
      priority,
      [`${url}${relayedAddress[0]}`, 0],
      mappedAddress,
    );
    protocol.localCandidate = candidate;
    // The remote candidates may be known already; werift would leave this protocol without a pair.
    this.#connection.pairLocalProtocol(protocol);
    this.#give(candidate, url);
  }

  #candidate(
    type: Candidate["type"],
    address: Address,
    priority: number,
    base: Address,
    related?: Address,
  ): WeriftCandidate {
    const foundation = candidateFoundation(type, "udp", base[0]);
    const { generation, localUsername } = this.#connection;
    const [relatedAddress, relatedPort] = related ?? [];
    const [host, port] = address;
    return new WeriftCandidate(
      foundation,
      1,
      "udp",
      priority,
      host,
      port,
      type,
      relatedAddress,
      relatedPort,
      undefined,
      generation,
      localUsername,
    );
  }

  #give(candidate: WeriftCandidate, url?: string): void {
    const described = { ...describeCandidate(candidate), ...(url === undefined ? {} : { url }) };
    this.candidates.push(described);
    this.#options.onStep({ step: "candidate", candidate: described });
    this.#connection.appendLocalCandidate(candidate);
  }
}

/** werift's candidate in the words of lab/model. */
export function describeCandidate(c: WeriftCandidate): Candidate {
  const candidate: Candidate = {
    type: c.type as Candidate["type"],
    protocol: "udp",
    address: c.host,
    port: c.port,
    priority: c.priority,
  };
  if (c.relatedAddress !== undefined) candidate.relatedAddress = c.relatedAddress;
  if (c.relatedPort !== undefined) candidate.relatedPort = c.relatedPort;
  return candidate;
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
