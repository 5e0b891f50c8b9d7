import type { ChannelData } from "./channel-data.ts";
import { decodeChannelData } from "./channel-data.ts";
import { DEFAULT_RTO_MS, LAST_WAIT_RTOS, MAX_TRANSMISSIONS, TRANSACTION_TIMEOUT_MS } from "./constants.ts";
import { verifyIntegrity } from "./integrity.ts";
import type { StunMessage } from "./message.ts";
import { decode, encode } from "./message.ts";
import { StunError } from "./stun-error.ts";
import type { Transport } from "./transport.ts";
import { formatTransportAddress } from "./transport-address.ts";

export type RequestOptions = {
  /** The most to wait, in ms. Default 39,500 (RFC 8489 section 6.2). */
  timeoutMs?: number;
  /** First retransmission over UDP, in ms; doubles. Default 500. */
  rtoMs?: number;
  /** Signs the request; the response must then be signed with it too. */
  key?: Buffer;
};

export type StunResponse = StunMessage & {
  /** The response carried a valid MESSAGE-INTEGRITY. */
  isAuthenticated: boolean;
  /** From the first transmission until the response. */
  durationMs: number;
};

type Transaction = { take(message: StunMessage, bytes: Buffer): void; fail(error: StunError): void };

/** STUN requests to one server over one transport. Owns the transport. */
export class StunClient {
  readonly transport: Transport;
  readonly #transactions = new Map<string, Transaction>();
  #broken: StunError | null = null;
  #onIndication: (message: StunMessage) => void = () => {};
  #onChannelData: (data: ChannelData) => void = () => {};

  constructor(transport: Transport) {
    this.transport = transport;
    transport.onFrame((bytes) => this.#receive(bytes));
    transport.onBroken((error) => this.#failAll(error));
  }

  /**
   * Sends a request and resolves with the success or error response. Rejects with a StunError when nothing usable
   * comes. With a `key`, a response with a wrong MESSAGE-INTEGRITY is dropped, and so is a success without one;
   * an error without one is let through, marked, because the reason a server gives is worth more here than the risk.
   */
  request(message: StunMessage, options: RequestOptions = {}): Promise<StunResponse> {
    if (this.#broken) return Promise.reject(this.#broken);
    const { key, rtoMs = DEFAULT_RTO_MS, timeoutMs = TRANSACTION_TIMEOUT_MS } = options;
    const bytes = encode(message, { key, fingerprint: true });
    const id = message.transactionId.toString("hex");
    const isReliable = this.transport.kind !== "udp";
    const where = `${message.method} to ${this.transport.kind} ${formatTransportAddress(this.transport.remote)}`;
    const startedAt = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<StunResponse>();
    let transmissions = 0;
    let retransmission: NodeJS.Timeout | undefined;
    let isTampered = false;

    const finish = () => {
      clearTimeout(retransmission);
      clearTimeout(deadline);
      this.#transactions.delete(id);
    };
    const unauthenticated = () =>
      new StunError("unauthenticated_response", `${where}: MESSAGE-INTEGRITY of the response is wrong or missing`);
    const fail = (error: StunError) => {
      finish();
      reject(error);
    };
    const transmit = () => {
      transmissions += 1;
      this.transport.send(bytes);
      if (isReliable || transmissions === MAX_TRANSMISSIONS) return;
      retransmission = setTimeout(transmit, rtoMs * 2 ** (transmissions - 1));
    };
    // 1 + 2 + 4 + … + 32 = 63 RTO until the last transmission, then 16 more: 79 RTO.
    const fullWaitMs = isReliable ? timeoutMs : rtoMs * (2 ** (MAX_TRANSMISSIONS - 1) - 1 + LAST_WAIT_RTOS);
    const limitMs = Math.min(timeoutMs, fullWaitMs);
    const deadline = setTimeout(() => {
      fail(isTampered ? unauthenticated() : new StunError("timeout", `${where}: no answer within ${limitMs} ms`));
    }, limitMs);

    this.#transactions.set(id, {
      fail,
      take: (answer, raw) => {
        const verdict = key ? verifyIntegrity(raw, key) : "absent";
        if (key && (verdict === "invalid" || (verdict === "absent" && answer.class === "success"))) {
          // RFC 8489 section 9.2.5: over UDP as if never received, over a reliable transport the end.
          isTampered = true;
          if (isReliable) fail(unauthenticated());
          return;
        }
        finish();
        resolve({ ...answer, isAuthenticated: verdict === "valid", durationMs: performance.now() - startedAt });
      },
    });
    transmit();
    return promise;
  }

  /** Sends bytes that nobody answers: an indication, ChannelData. */
  send(bytes: Buffer): void {
    this.transport.send(bytes);
  }

  onIndication(handler: (message: StunMessage) => void): void {
    this.#onIndication = handler;
  }

  onChannelData(handler: (data: ChannelData) => void): void {
    this.#onChannelData = handler;
  }

  async close(): Promise<void> {
    await this.transport.close();
    this.#failAll(new StunError("closed", "the client was closed"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(bytes: Buffer): void {
    const channelData = decodeChannelData(bytes);
    if (channelData) return this.#onChannelData(channelData);
    const message = decode(bytes);
    if ("error" in message || message.class === "request") return;
    if (message.class === "indication") return this.#onIndication(message);
    this.#transactions.get(message.transactionId.toString("hex"))?.take(message, bytes);
  }

  #failAll(error: StunError): void {
    this.#broken ??= error;
    for (const transaction of [...this.#transactions.values()]) transaction.fail(error);
  }
}
