import { FIRST_CHANNEL } from "../../stun/constants.ts";
import type { FailureCode, Link, LinkOwner } from "./link.ts";
import type { PeerAddress } from "./peer-address.ts";
import { dataOffset, emptyAnswer, readAnswer, type TurnAnswer } from "./turn-answer.ts";
import type { TurnMessages } from "./turn-messages.ts";
import type { User } from "./user.ts";
import { Timer, type Wheel } from "./wheel.ts";

/** First retransmission over UDP; doubles (RFC 8489 section 6.2.1). */
const RTO_MS = 500;
const MAX_TRANSMISSIONS = 7;
/** How long an answer to the last Refresh is waited for. */
const RELEASE_TIMEOUT_MS = 2_000;
/** As libwebrtc (p2p/base/turn_port.cc): a minute before its end, or at half of it. */
const REFRESH_MARGIN_MS = 60_000;
/** 437 Allocation Mismatch: another port, twice (RFC 8656 section 7.4; libwebrtc's number). */
const MAX_MISMATCHES = 2;
/** 401 with its nonce, then 438 as often as a nonce grows old meanwhile. */
const MAX_CHALLENGES = 4;

type Operation = "allocate" | "permit" | "bind" | "refresh" | "release";

/** What all clients of a worker share. */
export type ClientSetting = {
  messages: TurnMessages;
  wheel: Wheel;
  now(): number;
  openLink(owner: LinkOwner): Link;
  /** Asked for; null: the server's own. */
  lifetimeSeconds: number | null;
  by: "channel" | "send";
  /** Of one request. */
  timeoutMs: number;
  /** How often a channel is bound anew, and its permission with it. */
  channelRefreshMs: number;
};

/** Whom a client tells how it goes. */
export interface ClientOwner {
  /** `durationMs`: from the first packet of Allocate, both round trips. */
  onAllocated(client: TurnClient, durationMs: number): void;
  /** Permitted, and bound where there is a channel. */
  onReady(client: TurnClient): void;
  /** Application data that came over the channel or in an indication. */
  onData(client: TurnClient, bytes: Buffer, offset: number): void;
  /** At most once, before `onReleased`; nothing of it is kept. */
  onFailed(client: TurnClient, code: FailureCode): void;
  onReleased(client: TurnClient): void;
}

/** Read into by all clients of a thread: an answer is dealt with before the next comes. */
const answer: TurnAnswer = emptyAnswer();

/**
 * One TURN client with one allocation (RFC 8656), as a state machine without promises: one request at a time, and one timer for
 * whatever is due next.
 */
export class TurnClient extends Timer implements LinkOwner {
  readonly #owner: ClientOwner;
  readonly #setting: ClientSetting;
  readonly #user: User;
  #link: Link | null = null;
  #nonce: string | null = null;
  #relayed: PeerAddress | null = null;
  #peer: PeerAddress | null = null;
  #operation: Operation | null = null;
  #transactionId = "";
  #transmissions = 0;
  #challenges = 0;
  #mismatches = 0;
  #retransmitAtMs = Number.POSITIVE_INFINITY;
  #giveUpAtMs = Number.POSITIVE_INFINITY;
  #refreshAtMs = Number.POSITIVE_INFINITY;
  #permitAtMs = Number.POSITIVE_INFINITY;
  #openedAtMs = 0;
  #isAllocated = false;
  #isReady = false;
  #hasFailed = false;
  #isLeaving = false;

  constructor(owner: ClientOwner, user: User, setting: ClientSetting) {
    super();
    this.#owner = owner;
    this.#user = user;
    this.#setting = setting;
  }

  get relayed(): PeerAddress | null {
    return this.#relayed;
  }

  get link(): Link | null {
    return this.#link;
  }

  /** Connects and allocates. */
  open(): void {
    this.#link = this.#setting.openLink(this);
  }

  /** Permits a TURN peer, and binds the channel to it. */
  reach(peer: PeerAddress): void {
    this.#peer = peer;
    this.#ask("permit");
  }

  /** Gives the allocation back, if there is one, and closes. */
  release(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#refreshAtMs = Number.POSITIVE_INFINITY;
    this.#permitAtMs = Number.POSITIVE_INFINITY;
    if (!this.#link) this.#close();
    // An Allocate on its way may yet be granted: its answer is waited for, and what it granted given back.
    else if (this.#isAllocated) this.#ask("release");
    else if (this.#operation === "allocate") this.#limit(RELEASE_TIMEOUT_MS);
    else this.#close();
  }

  onOpen(): void {
    if (this.#mismatches === 0) this.#openedAtMs = this.#setting.now();
    this.#ask("allocate");
  }

  onBroken(code: FailureCode): void {
    this.#link = null;
    if (this.#isLeaving) this.#close();
    else this.#fail(code);
  }

  onFrame(bytes: Buffer): void {
    const first = bytes[0] as number;
    // RFC 8656 section 12: 64 to 79 begin ChannelData.
    if (first >= 64 && first <= 79) {
      this.#owner.onData(this, bytes, 4);
      return;
    }
    if (this.#operation !== null && readAnswer(bytes, answer)) {
      if (answer.transactionId === this.#transactionId) this.#take(bytes);
      return;
    }
    const offset = dataOffset(bytes);
    if (offset >= 0) this.#owner.onData(this, bytes, offset);
  }

  fire(nowMs: number): void {
    if (nowMs >= this.#giveUpAtMs) {
      if (this.#isLeaving) this.#close();
      else this.#fail("turn_timeout");
      return;
    }
    if (nowMs >= this.#retransmitAtMs) this.#transmit();
    else if (this.#operation === null && nowMs >= this.#permitAtMs) {
      this.#permitAtMs = Number.POSITIVE_INFINITY;
      // A channel that is bound anew refreshes its permission as well (RFC 8656 section 12).
      this.#ask(this.#setting.by === "channel" ? "bind" : "permit");
      return;
    } else if (this.#operation === null && nowMs >= this.#refreshAtMs) {
      this.#refreshAtMs = Number.POSITIVE_INFINITY;
      this.#ask("refresh");
      return;
    }
    this.#reschedule();
  }

  #ask(operation: Operation): void {
    this.#operation = operation;
    this.#challenges = 0;
    this.#giveUpAtMs = this.#setting.now() + (operation === "release" ? RELEASE_TIMEOUT_MS : this.#setting.timeoutMs);
    this.#begin();
  }

  /** A transaction of its own: the first, or another with what the last one has told. */
  #begin(): void {
    this.#transactionId = this.#setting.messages.transactionId();
    this.#transmissions = 0;
    this.#transmit();
    this.#reschedule();
  }

  #transmit(): void {
    if (!this.#link) return;
    this.#link.send(this.#request());
    this.#transmissions += 1;
    const isLast = this.#link.isReliable || this.#transmissions === MAX_TRANSMISSIONS;
    this.#retransmitAtMs = isLast
      ? Number.POSITIVE_INFINITY
      : this.#setting.now() + RTO_MS * 2 ** (this.#transmissions - 1);
  }

  /** The same bytes for the same transaction: written again instead of kept. */
  #request(): Buffer {
    const { messages, lifetimeSeconds } = this.#setting;
    const id = this.#transactionId;
    const user = this.#user;
    const nonce = this.#nonce;
    switch (this.#operation) {
      case "allocate":
      case null:
        return messages.allocate(user, id, nonce, lifetimeSeconds);
      case "refresh":
        return messages.refresh(user, id, nonce, lifetimeSeconds);
      case "release":
        return messages.refresh(user, id, nonce, 0);
      case "permit":
        return messages.createPermission(user, id, nonce, this.#peerOrThrow());
      case "bind":
        return messages.channelBind(user, id, nonce, FIRST_CHANNEL, this.#peerOrThrow());
    }
  }

  #peerOrThrow(): PeerAddress {
    if (!this.#peer) throw new Error("a permission without a peer");
    return this.#peer;
  }

  #take(bytes: Buffer): void {
    const { messages } = this.#setting;
    if (!answer.isSuccess) {
      const { errorCode, nonce, realm } = answer;
      const isChallenge = (errorCode === 401 && this.#nonce === null) || errorCode === 438;
      if (isChallenge && nonce !== null && this.#challenges < MAX_CHALLENGES) {
        this.#challenges += 1;
        this.#nonce = nonce;
        if (realm !== null) this.#user.useRealm(realm);
        if (this.#isLeaving && !this.#isAllocated) this.#close();
        else this.#begin();
        return;
      }
      if (this.#isLeaving) this.#close();
      else if (errorCode === 437 && this.#operation === "allocate" && this.#mismatches < MAX_MISMATCHES)
        this.#openAnew();
      else this.#fail(`turn_${errorCode}`);
      return;
    }
    // RFC 8489 section 9.2.5: as if never received. A server that asks nobody for a credential signs nothing.
    if (
      this.#nonce !== null &&
      (answer.integrityAt < 0 || !messages.isAuthentic(this.#user, bytes, answer.integrityAt))
    )
      return;
    this.#succeed();
  }

  /** From another port: this one may have been somebody's whose allocation the server still has. */
  #openAnew(): void {
    this.#mismatches += 1;
    this.#operation = null;
    this.#nonce = null;
    this.#setting.wheel.cancel(this);
    this.#link?.close();
    this.open();
  }

  #succeed(): void {
    const operation = this.#operation;
    const { lifetimeSeconds, relayed } = answer;
    this.#operation = null;
    this.#retransmitAtMs = Number.POSITIVE_INFINITY;
    this.#giveUpAtMs = Number.POSITIVE_INFINITY;
    const now = this.#setting.now();
    if (operation === "release") {
      this.#close();
      return;
    }
    if (operation === "allocate") {
      this.#isAllocated = true;
      this.#relayed = relayed;
    }
    if (this.#isLeaving) {
      this.#ask("release");
      return;
    }
    if (operation === "allocate" || operation === "refresh") this.#refreshAtMs = now + refreshAfterMs(lifetimeSeconds);
    if (operation === "permit" && this.#setting.by === "channel") {
      this.#ask("bind");
      return;
    }
    if (operation === "permit" || operation === "bind") this.#permitAtMs = now + this.#setting.channelRefreshMs;
    this.#reschedule();
    if (operation === "allocate") this.#owner.onAllocated(this, now - this.#openedAtMs);
    else if (operation !== "refresh" && !this.#isReady) {
      this.#isReady = true;
      this.#owner.onReady(this);
    }
  }

  #fail(code: FailureCode): void {
    if (this.#isLeaving || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#operation = null;
    this.#setting.wheel.cancel(this);
    this.#owner.onFailed(this, code);
  }

  #limit(ms: number): void {
    this.#giveUpAtMs = this.#setting.now() + ms;
    this.#reschedule();
  }

  #close(): void {
    this.#setting.wheel.cancel(this);
    this.#operation = null;
    this.#isAllocated = false;
    this.#link?.close();
    this.#link = null;
    this.#owner.onReleased(this);
  }

  #reschedule(): void {
    const busy = Math.min(this.#retransmitAtMs, this.#giveUpAtMs);
    const due = this.#operation === null ? Math.min(this.#refreshAtMs, this.#permitAtMs) : busy;
    if (due === Number.POSITIVE_INFINITY) this.#setting.wheel.cancel(this);
    else this.#setting.wheel.schedule(this, due);
  }
}

function refreshAfterMs(lifetimeSeconds: number | null): number {
  const lifetimeMs = (lifetimeSeconds ?? 600) * 1_000;
  return Math.max(lifetimeMs / 2, lifetimeMs - REFRESH_MARGIN_MS);
}
