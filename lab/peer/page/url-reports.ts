import type { UrlReport } from "../../model/events.ts";
import type { IceServer, TurnTransport } from "../../model/ice.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import type { TimelineStep } from "../../model/timeline.ts";
import type { Failure } from "../protocol.ts";
import { describeCandidateError, familyOfError, silenceOf } from "./candidate-error.ts";

type GatheredCandidate = Pick<RTCIceCandidate, "type"> & { url: string | null };
/** As long as any peer waits for one URL. */
const UNANSWERED_MS = 5_000;

type CandidateError = Pick<RTCPeerConnectionIceErrorEvent, "url" | "errorCode" | "errorText" | "address">;

/** By what a server is asked, where a browser says no more of an answer. */
type Asked = "stun" | TurnTransport;

/**
 * What came of each URL, put together from what a browser tells: candidates name the URL that they are from, and
 * `icecandidateerror` one that failed. One that answered with nothing new (STUN on the open internet gives the host's own
 * address) is told by the end of gathering: a browser ends it when nothing is outstanding.
 */
export class UrlReports {
  readonly #startedAtMs: number;
  readonly #reports: UrlReport[];
  /** Address families for which a URL's name was looked up in vain: no failure while another is still asked. */
  readonly #lookups = new Map<UrlReport, { families: Set<4 | 6>; failure: Failure }>();
  readonly #told = new Map<string, UrlReport["outcome"]>();
  #gatheringEndedAtMs: number | null = null;
  /** What gave a candidate that names no URL, and may be of any of several. */
  readonly #unnamed = new Set<Asked>();
  /** Milliseconds to relayed address, for each TURN URL that gave one. */
  readonly allocateMs: number[] = [];
  readonly allocateOver: TurnTransport[] = [];

  constructor(iceServers: readonly IceServer[], startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
    this.#reports = iceServers.flatMap(({ urls }) =>
      urls.map((url): UrlReport => ({ url, outcome: "unfinished", durationMs: null })),
    );
  }

  get all(): UrlReport[] {
    return this.#reports.map((report) => ({ ...report }));
  }

  /** Of each URL whose outcome has become known, or has changed, since the last time. */
  takeSteps(): { step: TimelineStep; atMs: number }[] {
    return this.#reports.flatMap(({ url, outcome, durationMs, failure }): { step: TimelineStep; atMs: number }[] => {
      if (outcome === "unfinished" || durationMs === null || this.#told.get(url) === outcome) return [];
      this.#told.set(url, outcome);
      const atMs = this.#startedAtMs + durationMs;
      if (outcome === "ok") return [{ step: { step: "url-answered", url }, atMs }];
      return failure ? [{ step: { step: "url-failed", url, ...failure }, atMs }] : [];
    });
  }

  /** A relay was gathered, whether or not it is known from which URL. */
  get hasRelay(): boolean {
    const isRelay = ({ url, outcome }: UrlReport) => outcome === "ok" && isTurn(url);
    return this.#reports.some(isRelay) || [...this.#unnamed].some((asked) => asked !== "stun");
  }

  onCandidate({ type, url }: GatheredCandidate, atMs: number): void {
    const report = this.#find(url);
    if (!report || (isTurn(report.url) && type !== "relay")) return;
    this.#onAnswer(report, type, atMs);
  }

  /**
   * A candidate without a URL, as Firefox's are. It is the only URL's that is asked in this way; where there are several, it
   * is nobody's. TURN over UDP tells an address as STUN does.
   */
  onUnnamed(asked: Asked, atMs: number): void {
    const able = this.#reports.filter(({ url }) => askedBy(url) === asked);
    const isOfTurn = asked === "stun" && this.#reports.some(({ url }) => askedBy(url) === "udp");
    const [only] = able;
    if (only && able.length === 1 && !isOfTurn) this.#onAnswer(only, asked === "stun" ? "srflx" : "relay", atMs);
    else this.#unnamed.add(asked);
  }

  #onAnswer(report: UrlReport, type: RTCIceCandidateType | null, atMs: number): void {
    if (report.outcome === "ok") return;
    // One interface may have failed before another worked.
    delete report.failure;
    Object.assign(report, { outcome: "ok", durationMs: atMs - this.#startedAtMs });
    const asked = askedBy(report.url);
    if (type !== "relay" || asked === "stun") return;
    this.allocateMs.push(atMs - this.#startedAtMs);
    this.allocateOver.push(asked);
  }

  onError(error: CandidateError, atMs: number): void {
    const report = this.#find(error.url);
    if (report?.outcome !== "unfinished") return;
    const failure = describeCandidateError(error, report.url);
    // A browser looks a name up once for each address family, also for one that the host has not, and goes on with the other.
    if (failure.code === "dns_failed" && !this.#isLookedUp(report, error.address, failure)) return;
    Object.assign(report, { outcome: "failed", durationMs: atMs - this.#startedAtMs, failure });
  }

  /** Whether there is no family left for which the name might resolve. */
  #isLookedUp(report: UrlReport, address: string | null, failure: Failure): boolean {
    const { families } = this.#lookups.get(report) ?? { families: new Set<4 | 6>() };
    this.#lookups.set(report, { families, failure });
    const family = familyOfError(address);
    if (family) families.add(family);
    return families.size === 2;
  }

  onGatheringEnd(atMs: number): void {
    this.#gatheringEndedAtMs ??= atMs;
  }

  /**
   * What the end of gathering says of those that did not answer: nothing where ICE has connected, for libwebrtc then ends it
   * with all that is outstanding (and tells of the one before the other, or after).
   */
  settle(hasConnected: boolean): void {
    if (this.#gatheringEndedAtMs === null || hasConnected) return;
    const durationMs = this.#gatheringEndedAtMs - this.#startedAtMs;
    for (const report of this.#reports) {
      if (report.outcome !== "unfinished") continue;
      const { failure } = this.#lookups.get(report) ?? {};
      if (failure) Object.assign(report, { outcome: "failed", durationMs, failure });
      else if (!isTurn(report.url)) Object.assign(report, { outcome: "ok", durationMs });
    }
  }

  /**
   * A session has waited in vain: what has not answered by now is not going to. Browsers go on for longer than a session
   * lasts (libwebrtc repeats an Allocate over UDP for half a minute, and a TCP connection takes what its system gives it).
   */
  giveUp(atMs: number): void {
    const durationMs = atMs - this.#startedAtMs;
    if (durationMs < UNANSWERED_MS) return;
    for (const report of this.#reports) {
      if (report.outcome !== "unfinished" || this.#unnamed.has(askedBy(report.url))) continue;
      const message = `no answer in ${Math.round(durationMs / 1_000)} s, and the browser still tries`;
      Object.assign(report, { outcome: "failed", durationMs, failure: { code: silenceOf(report.url), message } });
    }
  }

  /** The URL as it was given: browsers say it with all that it leaves out. */
  givenUrl(url: string | null | undefined): string | null {
    return this.#find(url)?.url ?? url ?? null;
  }

  #find(url: string | null | undefined): UrlReport | undefined {
    if (!url) return undefined;
    return this.#reports.find((report) => report.url === url) ?? this.#reports.find((r) => isSame(r.url, url));
  }
}

export function isTurn(url: string): boolean {
  return /^turns?:/i.test(url);
}

export function askedBy(url: string): Asked {
  const parsed = parseIceUrl(url);
  return "error" in parsed || parsed.kind === "stun" ? "stun" : parsed.transport;
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [parseIceUrl(a), parseIceUrl(b)];
  if ("error" in one || "error" in other) return false;
  return JSON.stringify(one) === JSON.stringify(other);
}
