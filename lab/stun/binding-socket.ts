import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Attribute } from "./attributes.ts";
import type { StunMessage } from "./message.ts";
import { decode, encode, request } from "./message.ts";
import type { TransportAddress } from "./transport-address.ts";

export type BindingAnswer = {
  message: StunMessage;
  /** Whom it came from, which CHANGE-REQUEST makes another than was asked. */
  from: TransportAddress;
  /** From the first copy sent until the answer. */
  durationMs: number;
};

export type AskOptions = {
  attributes?: Attribute[];
  /** Sent at a fixed rhythm against the loss of one; the first answer counts. */
  copies?: number;
  spacingMs?: number;
  /** Gives up when this settles. */
  until: Promise<unknown>;
};

/** One unconnected UDP socket that asks many servers: what a NAT probe needs. ICMP errors are not seen. */
export class BindingSocket {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (answer: Omit<BindingAnswer, "durationMs">) => void>();
  #onOther: (from: TransportAddress, bytes: Buffer) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A socket whose send fails (no route, say) is as silent as one whose packets are lost.
    socket.on("error", () => {});
    socket.on("message", (bytes, { address, port }) => {
      const message = decode(bytes);
      const take = "error" in message ? undefined : this.#waiting.get(message.transactionId.toString("hex"));
      if (take && !("error" in message)) take({ message, from: { address, port } });
      else this.#onOther({ address, port }, bytes);
    });
  }

  /** Binds a free port of the address, or of all. */
  static async open(address = "0.0.0.0"): Promise<BindingSocket> {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    socket.bind(0, address);
    await once(socket, "listening");
    return new BindingSocket(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Datagrams that answer none of the requests under way, late copies of an answer among them. */
  onOther(handler: (from: TransportAddress, bytes: Buffer) => void): void {
    this.#onOther = handler;
  }

  /** Sends one Binding request, in copies, and resolves with the first answer, or null when `until` settles first. */
  async ask(to: TransportAddress, options: AskOptions): Promise<BindingAnswer | null> {
    const { attributes = [], copies = 3, spacingMs = 20, until } = options;
    const message = request("Binding", attributes);
    const bytes = encode(message);
    const id = message.transactionId.toString("hex");
    const startedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const transmit = (left: number) => {
      this.#socket.send(bytes, to.port, to.address, () => {});
      if (left > 1) timer = setTimeout(() => transmit(left - 1), spacingMs);
    };
    const answered = new Promise<BindingAnswer>((resolve) => {
      this.#waiting.set(id, (answer) => resolve({ ...answer, durationMs: performance.now() - startedAt }));
    });
    transmit(copies);
    const answer = await Promise.race([answered, until.then(() => null)]);
    clearTimeout(timer);
    this.#waiting.delete(id);
    return answer;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
