import type { UrlReport } from "../../model/events.ts";
import type { IceServer } from "../../model/ice.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import { describeCandidateError, silenceOf } from "./candidate-error.ts";

type GatheredCandidate = Pick<RTCIceCandidate, "type"> & { url: string | null };
/** As long as any peer waits for one URL. */
const UNANSWERED_MS = 5_000;

type CandidateError = Pick<RTCPeerConnectionIceErrorEvent, "url" | "errorCode" | "errorText">;

/**
 * What came of each URL, put together from what a browser tells: candidates name the URL that they are from, and
 * `icecandidateerror` one that failed. One that answered with nothing new (STUN on the open internet gives the host's own
 * address) is told by the end of gathering: a browser ends it when nothing is outstanding.
 */
export class UrlReports {
  readonly #startedAtMs: number;
  readonly #reports: UrlReport[];
  /** Milliseconds to relayed address, for each TURN URL that gave one. */
  readonly allocateMs: number[] = [];

  constructor(iceServers: readonly IceServer[], startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
    this.#reports = iceServers.flatMap(({ urls }) =>
      urls.map((url): UrlReport => ({ url, outcome: "unfinished", durationMs: null })),
    );
  }

  get all(): UrlReport[] {
    return this.#reports.map((report) => ({ ...report }));
  }

  onCandidate({ type, url }: GatheredCandidate, atMs: number): void {
    const report = this.#find(url);
    if (!report || (isTurn(report.url) && type !== "relay") || report.outcome === "ok") return;
    // One address family may have failed before the other worked.
    delete report.failure;
    Object.assign(report, { outcome: "ok", durationMs: atMs - this.#startedAtMs });
    if (type === "relay") this.allocateMs.push(atMs - this.#startedAtMs);
  }

  onError(error: CandidateError, atMs: number): void {
    const report = this.#find(error.url);
    if (report?.outcome !== "unfinished") return;
    const failure = describeCandidateError(error, report.url);
    // A browser looks a name up once for each address family, also for one that the host has not, and goes on with the other.
    if (failure.code === "dns_failed") report.failure = failure;
    else Object.assign(report, { outcome: "failed", durationMs: atMs - this.#startedAtMs, failure });
  }

  onGatheringEnd(atMs: number): void {
    for (const report of this.#reports) {
      if (report.outcome !== "unfinished") continue;
      const durationMs = atMs - this.#startedAtMs;
      if (report.failure) Object.assign(report, { outcome: "failed", durationMs });
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
      if (report.outcome !== "unfinished") continue;
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

function isSame(a: string, b: string): boolean {
  const [one, other] = [parseIceUrl(a), parseIceUrl(b)];
  if ("error" in one || "error" in other) return false;
  return JSON.stringify(one) === JSON.stringify(other);
}
