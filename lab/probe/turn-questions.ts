import { setTimeout as sleep } from "node:timers/promises";
import type { Attribute } from "../stun/attributes.ts";
import { connect } from "../stun/connect.ts";
import { PROTOCOL_TCP, PROTOCOL_UDP } from "../stun/constants.ts";
import { longTermKey } from "../stun/integrity.ts";
import type { StunMessage } from "../stun/message.ts";
import { attribute, request } from "../stun/message.ts";
import { StunClient } from "../stun/stun-client.ts";
import { StunError } from "../stun/stun-error.ts";
import type { AddressFamily, TransportAddress } from "../stun/transport-address.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";

/** `success`, the error's number, or `none`: no answer that counts. */
export type Outcome = "success" | "none" | number;

export type Answer = {
  outcome: Outcome;
  /** Null with `none`. */
  message: StunMessage | null;
  /** Of `none`: what happened instead. */
  why: string;
  durationMs: number;
};

export type Asking = {
  /** Null: bare. Default: the one that these questions are asked with. */
  credential?: ProbeCredential | null;
  /** Sent, and what the key is made for, in place of the server's own. */
  realm?: string;
  /** Sent in place of the server's own; a 438 is then the answer. */
  nonce?: string;
  timeoutMs?: number;
};

/** coturn 4.6.1 holds the quota of an allocation that was given back for up to a second (lab/stun/README.md). */
const QUOTA_RETRY_MS = 1_200;

/** As many requests without an answer in a row, and nothing more is asked. */
const MAX_SILENCES = 4;

/**
 * Requests to a TURN server over one transport, polite or not, whose answers are data: only a server that cannot be reached at
 * all, or has fallen silent, is an error. What it allocates it gives back when it is closed.
 */
export class TurnQuestions implements AsyncDisposable {
  readonly target: ProbeTarget;
  readonly stun: StunClient;
  /** Realm and nonce of the last 401 or 438. */
  challenge: { realm: string; nonce: string } | null = null;
  readonly #credential: ProbeCredential | null;
  readonly #limits: ProbeLimits;
  readonly #signal: AbortSignal | null;
  #allocatedAs: { credential: ProbeCredential | null } | null = null;
  #silences = 0;

  private constructor(
    target: ProbeTarget,
    stun: StunClient,
    credential: ProbeCredential | null,
    limits: ProbeLimits,
    signal: AbortSignal | null,
  ) {
    this.target = target;
    this.stun = stun;
    this.#credential = credential;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** Rejects with a StunError where TCP or TLS do not come about. */
  static async open(
    target: ProbeTarget,
    credential: ProbeCredential | null,
    limits: ProbeLimits,
    signal: AbortSignal | null = null,
  ): Promise<TurnQuestions> {
    const stun = new StunClient(await connect(target, limits));
    return new TurnQuestions(target, stun, credential, limits, signal);
  }

  /** Asks, and answers the challenge and one 438 as a client does. Rejects when the time is over or the server is silent. */
  async ask(method: StunMessage["method"], attributes: Attribute[], asking: Asking = {}): Promise<Answer> {
    const { credential = this.#credential } = asking;
    let answer: Answer | null = null;
    if (credential === null || !this.challenge) {
      answer = await this.#send(method, attributes, null, asking);
      if (answer.outcome === "success" && method === "Allocate") this.#allocatedAs = { credential: null };
      if (credential === null || answer.outcome !== 401 || !this.challenge) return answer;
    }
    answer = await this.#send(method, attributes, credential, asking);
    if (answer.outcome === 438 && asking.nonce === undefined)
      answer = await this.#send(method, attributes, credential, asking);
    if (answer.outcome === "success" && method === "Allocate") this.#allocatedAs = { credential };
    return answer;
  }

  /** An allocation to ask other things on. A quota that our own former ones may still fill is waited for once. */
  async allocate(
    of: { family?: AddressFamily; over?: "udp" | "tcp" } = {},
  ): Promise<Answer & { relayed: TransportAddress | null }> {
    const attributes: Attribute[] = [
      { name: "REQUESTED-TRANSPORT", value: of.over === "tcp" ? PROTOCOL_TCP : PROTOCOL_UDP },
    ];
    if (of.family === "ipv6") attributes.push({ name: "REQUESTED-ADDRESS-FAMILY", value: "ipv6" });
    let answer = await this.ask("Allocate", attributes);
    if (answer.outcome === 486) {
      await sleep(QUOTA_RETRY_MS);
      answer = await this.ask("Allocate", attributes);
    }
    return { ...answer, relayed: (answer.message && attribute(answer.message, "XOR-RELAYED-ADDRESS")) ?? null };
  }

  /** It was given back in another way, or is the server's to end. */
  forgetAllocation(): void {
    this.#allocatedAs = null;
  }

  async close(): Promise<void> {
    const held = this.#allocatedAs;
    this.#allocatedAs = null;
    try {
      if (held) await this.#giveBack(held.credential);
    } finally {
      await this.stun.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Not bound by the group's time: what was taken is given back in any case. */
  async #giveBack(credential: ProbeCredential | null): Promise<void> {
    const lifetime: Attribute[] = [{ name: "LIFETIME", value: 0 }];
    const answer = await this.#transact("Refresh", lifetime, credential, {});
    if (answer.outcome === 438) await this.#transact("Refresh", lifetime, credential, {});
  }

  async #send(
    method: StunMessage["method"],
    attributes: Attribute[],
    credential: ProbeCredential | null,
    asking: Asking,
  ): Promise<Answer> {
    this.#signal?.throwIfAborted();
    if (this.#silences >= MAX_SILENCES) throw new StunError("timeout", "the server has stopped to answer");
    const answer = await this.#transact(method, attributes, credential, asking);
    this.#silences = answer.outcome === "none" ? this.#silences + 1 : 0;
    return answer;
  }

  async #transact(
    method: StunMessage["method"],
    attributes: Attribute[],
    credential: ProbeCredential | null,
    { realm, nonce, timeoutMs = this.#limits.timeoutMs }: Asking,
  ): Promise<Answer> {
    const startedAt = performance.now();
    const all = [...attributes];
    let key: Buffer | undefined;
    if (credential) {
      const used = { realm: realm ?? this.challenge?.realm ?? "", nonce: nonce ?? this.challenge?.nonce ?? "" };
      all.push(
        { name: "USERNAME", value: credential.username },
        { name: "REALM", value: used.realm },
        { name: "NONCE", value: used.nonce },
      );
      key = longTermKey(credential.username, used.realm, credential.password);
    }
    try {
      const options = { timeoutMs, rtoMs: this.#limits.rtoMs, ...(key ? { key } : {}) };
      const message = await this.stun.request(request(method, all), options);
      const { durationMs } = message;
      const number = attribute(message, "ERROR-CODE")?.number ?? 0;
      if (number === 401 || number === 438) this.#learn(message);
      return { outcome: message.class === "success" ? "success" : number, message, why: "", durationMs };
    } catch (error) {
      if (!(error instanceof StunError)) throw error;
      return { outcome: "none", message: null, why: error.message, durationMs: performance.now() - startedAt };
    }
  }

  #learn(message: StunMessage): void {
    const nonce = attribute(message, "NONCE");
    const realm = attribute(message, "REALM") ?? this.challenge?.realm;
    if (nonce !== undefined && realm !== undefined) this.challenge = { realm, nonce };
  }
}

/** An outcome as reports say it. */
export function sayOutcome(outcome: Outcome): string {
  return String(outcome);
}
