import type { Candidate, CandidatePair } from "werift";
import type { CheckedPair, TimelineStep } from "../../model/timeline.ts";
import { monotonicMs } from "../course/clock.ts";
import { CheckRecord } from "./check-record.ts";
import type { Gatherer } from "./gatherer.ts";
import { chooseNominee, type PairView } from "./nomination.ts";
import { comparePairs } from "./priority.ts";
import { type IceConnection, PAIR_STATE, type RequestOptions, transactionsOf } from "./werift-internals.ts";

/** Ta, between the starts of two checks. RFC 8445 section 14.2 allows 5 ms at least; werift takes 20. */
const CHECK_INTERVAL_MS = 5;
/** A check is sent six times, at 0, 50, 150, 350, 750 and 1550 ms, and given up at 3150 ms. */
const CHECK_RETRANSMISSIONS = 5;
/**
 * After the last pair failed, the far peer's checks may still open one (a prflx candidate). RFC 8863 waits 39.5 s
 * from the start; here both ends have said that they have no more candidates, and set out together.
 */
const FAILURE_GRACE_MS = 1_000;

type IceEvents = {
  onSelected: (pair: CandidatePair) => void;
  onFailed: () => void;
  /** A check, or a question for consent, of the far peer arrived. */
  onRequest: () => void;
  onStep: (step: TimelineStep) => void;
};

/**
 * Replaces, on one werift connection, gathering, the check list's order and schedule, nomination and failure.
 * What stays werift's: the checks themselves, triggered checks, role conflicts and consent.
 */
export class IceTakeover {
  readonly #connection: IceConnection;
  readonly #gatherer: Gatherer;
  readonly #events: IceEvents;
  readonly #validSinceMs = new WeakMap<CandidatePair, number>();
  readonly #checkedSinceMs = new WeakMap<CandidatePair, number>();
  readonly #hurried = new WeakSet<CandidatePair>();
  readonly #record: CheckRecord;
  #wake: (() => void) | null = null;
  #nextCheckAtMs = 0;
  #allFailedSinceMs: number | null = null;
  #retired: Promise<void> | null = null;

  constructor(connection: IceConnection, gatherer: Gatherer, events: IceEvents) {
    this.#connection = connection;
    this.#gatherer = gatherer;
    this.#events = events;
    this.#record = new CheckRecord(events.onStep);
    this.#install();
  }

  #install(): void {
    const connection = this.#connection;
    // werift falls back to stun.l.google.com when no STUN server is configured: nothing may ask for it.
    connection.stunServer = undefined;
    connection.turnServer = undefined;
    connection.getCandidatePromises = () => {
      throw new Error("werift's own gathering is replaced");
    };
    connection.gatherCandidates = async () => {
      if (connection.localCandidatesStart) return;
      connection.localCandidatesStart = true;
      // Not awaited: setLocalDescription would wait for the slowest URL, and the answerer only then starts checks.
      this.#gatherer.start();
    };
    connection.connect = () => this.#connect();
    connection.addRemoteCandidate = async (candidate) => this.#addRemoteCandidate(candidate);
    connection.sortCheckList = () => connection.checkList.sort((a, b) => comparePairs(a, b, connection.iceControlling));
    // werift nominates TCP pairs regularly and UDP pairs aggressively; every pair takes the regular way here.
    connection.isTcpPair = () => true;
    connection.nominateTcpPairIfReady = () => this.#changed();
    connection.checkRequestOptions = (pair) => checkRequestOptions(pair, () => this.#record.onSent(pair));
    this.#wrapChecks();
    this.#wrapClose();
    // A late check of an earlier session on a port used again must not become a candidate (RFC 8489 section 9.1.3).
    connection.options.filterStunResponse = (message) => {
      const isOwn = String(message.getAttributeValue("USERNAME")).split(":")[0] === connection.localUsername;
      if (isOwn) this.#events.onRequest();
      return isOwn;
    };
  }

  #wrapChecks(): void {
    const connection = this.#connection;
    const checkComplete = connection.checkComplete.bind(connection);
    connection.checkComplete = (pair) => {
      if (pair.state === PAIR_STATE.succeeded && !this.#validSinceMs.has(pair)) {
        this.#validSinceMs.set(pair, monotonicMs());
      }
      this.#record.onComplete(pair);
      checkComplete(pair);
      this.#changed();
    };
    // werift itself starts triggered checks.
    const checkStart = connection.checkStart.bind(connection);
    connection.checkStart = (pair) => {
      if (!this.#checkedSinceMs.has(pair)) {
        this.#checkedSinceMs.set(pair, monotonicMs());
      }
      return checkStart(pair);
    };
    const checkIncoming = connection.checkIncoming.bind(connection);
    connection.checkIncoming = (message, address, protocol) => {
      checkIncoming(message, address, protocol);
      const pair = connection.checkList.find(
        (p) => p.protocol === protocol && p.remoteAddr[0] === address[0] && p.remoteAddr[1] === address[1],
      );
      if (pair) this.#record.onReceived(pair);
      if (pair?.state === PAIR_STATE.inProgress) this.#hurry(pair);
      this.#changed();
    };
  }

  #wrapClose(): void {
    const connection = this.#connection;
    const close = connection.close.bind(connection);
    connection.close = async () => {
      await this.retire();
      await close();
    };
  }

  /** What came of the checks on each pair. */
  get pairs(): CheckedPair[] {
    const { checkList, nominated } = this.#connection;
    return checkList.map((pair) => {
      const url = this.#gatherer.relays.find(({ relay }) => relay.protocol === pair.protocol)?.url;
      return this.#record.describe(pair, url, pair === nominated);
    });
  }

  /** Ends checks and consent and gives back sockets and allocations, without a word to who uses the connection. Once. */
  retire(): Promise<void> {
    this.#retired ??= this.#retire();
    return this.#retired;
  }

  async #retire(): Promise<void> {
    const connection = this.#connection;
    connection.stopConsentLifecycle();
    connection.state = "closed";
    this.#changed();
    this.#cancelChecks(null);
    await this.#gatherer.close();
    await Promise.all(connection.protocols.splice(0).map((protocol) => protocol.close?.()));
  }

  /**
   * RFC 8445 section 7.3.1.4: a check from the far peer on a pair in progress sends ours again at once, since a
   * NAT has just shown to be open. Once for each pair, or two peers that fail to understand each other would loop.
   */
  #hurry(pair: CandidatePair): void {
    if (this.#hurried.has(pair)) return;
    this.#hurried.add(pair);
    for (const transaction of checksOf(pair)) {
      transaction.timeoutDelay = 25;
      transaction.clearWait();
    }
  }

  #addRemoteCandidate(candidate: Candidate | undefined): void {
    const connection = this.#connection;
    if (!candidate) {
      connection.remoteCandidatesEnd = true;
    } else {
      const known = connection.remoteCandidates.find((c) => c.host === candidate.host && c.port === candidate.port);
      if (known) {
        // RFC 8445 section 7.3.1.3: what a check taught us as prflx is now signalled with its real type.
        known.type = candidate.type;
        known.priority = candidate.priority;
        known.foundation = candidate.foundation;
      } else {
        connection.remoteCandidates.push(candidate);
        connection.pairRemoteCandidate(candidate);
      }
      connection.sortCheckList();
    }
    this.#changed();
  }

  #changed(): void {
    this.#wake?.();
  }

  async #connect(): Promise<void> {
    const connection = this.#connection;
    for (const candidate of connection.remoteCandidates) connection.pairRemoteCandidate(candidate);
    connection.sortCheckList();
    for (const check of connection.earlyChecks.splice(0)) connection.checkIncoming(...check);
    connection.earlyChecksDone = true;
    this.#events.onStep({ step: "ice-state", state: "checking" });
    while (!connection.nominated) {
      if (this.#isClosed()) throw new Error("closed");
      if (this.#hasFailed()) {
        this.#events.onStep({ step: "ice-state", state: "failed" });
        this.#events.onFailed();
        throw new Error("ICE failed: no pair is left");
      }
      this.#startNextCheck();
      this.#nominate();
      await this.#nextChange();
    }
    this.#cancelChecks(connection.nominated);
    connection.queryConsent();
    connection.setState("connected");
    this.#events.onSelected(connection.nominated);
  }

  #isClosed(): boolean {
    return this.#connection.state === "closed";
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CHECK_INTERVAL_MS);
      this.#wake = () => {
        this.#wake = null;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #startNextCheck(): void {
    const nowMs = monotonicMs();
    if (nowMs < this.#nextCheckAtMs) return;
    const pair = this.#connection.checkList.find(
      (p) => p.state === PAIR_STATE.waiting || p.state === PAIR_STATE.frozen,
    );
    if (!pair) return;
    this.#nextCheckAtMs = nowMs + CHECK_INTERVAL_MS;
    pair.handle = this.#connection.checkStart(pair);
  }

  #nominate(): void {
    const connection = this.#connection;
    if (!connection.iceControlling || connection.nominating || connection.nominated) return;
    const isMoreExpected = !connection.localCandidatesEnd || !connection.remoteCandidatesEnd;
    const views = connection.checkList.map((pair) => this.#view(pair));
    const index = chooseNominee(views, monotonicMs(), isMoreExpected);
    const pair = index === null ? undefined : connection.checkList[index];
    if (pair) connection.nominateTcpPair(pair);
  }

  #view(pair: CandidatePair): PairView {
    const states = ["waiting", "waiting", "in-progress", "valid", "failed"] as const;
    const types = [pair.localCandidate.type, pair.remoteCandidate.type];
    const isUnknown = types[1] === "prflx" && !this.#connection.remoteCandidatesEnd;
    const kind = types.includes("relay")
      ? "relayed"
      : isUnknown
        ? "unknown"
        : types.every((t) => t === "host")
          ? "host"
          : "direct";
    return {
      state: states[pair.state],
      kind,
      legs: types.join("-"),
      validSinceMs: this.#validSinceMs.get(pair) ?? null,
      checkedSinceMs: this.#checkedSinceMs.get(pair) ?? null,
      sends: this.#checkedSinceMs.has(pair) ? pair.retransmissionsSent + 1 : 0,
    };
  }

  #hasFailed(): boolean {
    const { localCandidatesEnd, remoteCandidatesEnd, nominating, checkList, protocols, remoteCandidates } =
      this.#connection;
    if (!localCandidatesEnd || !remoteCandidatesEnd || nominating) return false;
    // Without a socket, or without a far address that could send, nothing can change any more.
    if (protocols.length === 0 || remoteCandidates.length === 0) return true;
    if (checkList.some((pair) => pair.state !== PAIR_STATE.failed)) {
      this.#allFailedSinceMs = null;
      return false;
    }
    this.#allFailedSinceMs ??= monotonicMs();
    return monotonicMs() - this.#allFailedSinceMs >= FAILURE_GRACE_MS;
  }

  /** RFC 8445 section 8.1.2: once a pair is nominated, the other checks end. */
  #cancelChecks(except: CandidatePair | null): void {
    for (const pair of this.#connection.checkList) {
      if (pair === except) continue;
      this.#record.onCancelled(pair);
      for (const transaction of checksOf(pair)) transaction.failWithTimeout();
    }
  }
}

function checksOf(pair: CandidatePair) {
  const [host, port] = pair.remoteAddr;
  return transactionsOf(pair.protocol).filter((t) => t.expectedAddr[0] === host && t.expectedAddr[1] === port);
}

function checkRequestOptions(pair: CandidatePair, onSent: () => void): RequestOptions {
  return {
    retransmissions: CHECK_RETRANSMISSIONS,
    // A relay that refuses the far address (403) will refuse every retransmission too.
    failOnSendError: pair.localCandidate.type === "relay",
    onRequestSent: (attempt) => {
      onSent();
      if (attempt > 0) pair.retransmissionsSent++;
    },
  };
}
