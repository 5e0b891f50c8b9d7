import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";

/** Whether answers come from where they were sent: a router may rewrite who sent what it lets in. */
export class TrueSources {
  readonly #expected = new Map<string, TransportAddress>();
  #areKept: boolean | null = null;

  /** The answer to that transaction is sent from there. */
  expect(transaction: string, from: TransportAddress): void {
    this.#expected.set(transaction, from);
  }

  /** An answer has come, to whichever socket. */
  saw(transaction: string, from: TransportAddress): void {
    const expected = this.#expected.get(transaction);
    if (expected) this.#areKept = this.#areKept !== false && isSameTransportAddress(expected, from);
  }

  /** Of all that has come until now; null when nothing has. */
  get areKept(): boolean | null {
    return this.#areKept;
  }
}
