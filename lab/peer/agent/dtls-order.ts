/**
 * Handshake messages in the order in which they were sent (RFC 6347 section 4.2.2: next_receive_seq). werift 0.25.2 takes
 * them as they come: where one of a flight was lost, those after it are verified, and the keys computed, without it, so that
 * the retransmission comes too late and the handshake never ends. At 5 % of loss every fourth call fails of that.
 */

/** More than a flight has; what is beyond is retransmitted. */
const MAX_HELD = 16;

export class HandshakeOrder<H extends { message_seq: number }> {
  #next = 0;
  readonly #held = new Map<number, H>();

  /** What can be handled now: messages whose turn it is, and repeated ones, whose meaning others know. */
  take(handshakes: readonly H[]): H[] {
    const ready: H[] = [];
    for (const handshake of handshakes) {
      const { message_seq: sequence } = handshake;
      if (sequence > this.#next) {
        if (this.#held.size < MAX_HELD) this.#held.set(sequence, handshake);
        continue;
      }
      ready.push(handshake);
      if (sequence === this.#next) ready.push(...this.#advance());
    }
    return ready;
  }

  #advance(): H[] {
    const ready: H[] = [];
    for (this.#next++; ; this.#next++) {
      const held = this.#held.get(this.#next);
      if (!held) return ready;
      this.#held.delete(this.#next);
      ready.push(held);
    }
  }
}
