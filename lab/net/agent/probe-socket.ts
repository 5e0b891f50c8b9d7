import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import { isIPv6 } from "node:net";
import type { Attribute } from "../../stun/attributes.ts";
import { attribute, decode, encode, indication, request, type StunMessage } from "../../stun/message.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";

/** What a Binding answer said about the one who asked. */
export type Reflection = {
  mapped: TransportAddress;
  from: TransportAddress;
  rttMs: number;
  /** When the last copy of the question left, by the monotonic clock in ms. */
  lastSentAt: number;
};

/** Something sent whose arrival, here or at another socket, is looked for by its transaction. */
export type Poke = {
  id: string;
  /** Resolves when the last copy is out. */
  sent: Promise<void>;
  /** When the last copy until now left, by the monotonic clock in ms; null before the first. */
  lastSentAt: () => number | null;
};

type Outgoing = Omit<Poke, "sent"> & { transmit: () => void };

/** Where more than the planned copies are needed, later ones come at this rhythm. */
const RETRY_MS = 100;

/** A UDP socket of a host inside: it asks many, and remembers whatever reaches it. */
export class ProbeSocket {
  readonly host: string;
  readonly port: number;
  readonly #path: ProbePath;
  readonly #socket: Socket;
  readonly #arrived = new Map<string, { from: TransportAddress; mapped: TransportAddress | undefined }>();
  readonly #events = new EventEmitter();
  #lastHeardAt: number | null = null;
  #isClosed = false;

  private constructor(path: ProbePath, host: string, socket: Socket) {
    this.#path = path;
    this.host = host;
    this.port = socket.address().port;
    this.#socket = socket;
    this.#events.setMaxListeners(0);
    // A socket whose send fails (no route, say) is as silent as one whose packets are lost.
    socket.on("error", () => {});
    socket.on("message", (bytes, { address, port }) => {
      this.#lastHeardAt = performance.now();
      const message = decode(bytes);
      if ("error" in message) return;
      const id = message.transactionId.toString("hex");
      const mapped = attribute(message, "XOR-MAPPED-ADDRESS");
      if (message.class !== "request") path.sources.saw(id, { address, port });
      if (!this.#arrived.has(id)) this.#arrived.set(id, { from: { address, port }, mapped });
      this.#events.emit(id);
    });
  }

  /** Binds a port of one of the probe's hosts. Rejects when it is taken. */
  static async open(path: ProbePath, host: string, port = 0): Promise<ProbeSocket> {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.bind(port, host);
    await once(socket, "listening");
    return new ProbeSocket(path, host, socket);
  }

  /** Asks until an answer has come; null when a path that is alive has had time enough, or is none. */
  async ask(to: TransportAddress): Promise<Reflection | null> {
    const startedAt = performance.now();
    const { id, transmit, lastSentAt } = this.#message(to, request("Binding"));
    const isAnswered = () => this.#arrived.has(id) || this.#isClosed;
    let isLate = false;
    const late = this.#path.settlePatiently(isAnswered).then(() => {
      isLate = true;
    });
    const answered = this.hears(id);
    const sending = async () => {
      await this.#path.sendCopies(transmit, () => isAnswered() || isLate);
      while (!isAnswered() && !isLate) {
        await this.#path.pause(RETRY_MS);
        if (!isAnswered() && !isLate) this.#path.send(transmit);
      }
    };
    void sending();
    await Promise.race([answered, late]);
    const arrived = this.#arrived.get(id);
    if (!arrived?.mapped) return null;
    const now = performance.now();
    return { mapped: arrived.mapped, from: arrived.from, rttMs: now - startedAt, lastSentAt: lastSentAt() ?? now };
  }

  /** Sends one request in copies, to anybody. Wherever it or its answer arrives is another question. */
  poke(to: TransportAddress, attributes: Attribute[] = []): Poke {
    const { id, transmit, lastSentAt } = this.#message(to, request("Binding", attributes));
    return { id, sent: this.#path.sendCopies(transmit, () => this.#isClosed), lastSentAt };
  }

  /** Sends what nobody answers (RFC 8489 section 3), in copies; resolves with when the last one left. */
  async indicate(to: TransportAddress): Promise<number> {
    const { transmit, lastSentAt } = this.#message(to, indication("Binding", []));
    await this.#path.sendCopies(transmit);
    return lastSentAt() ?? performance.now();
  }

  /** When anything came last, by the monotonic clock in ms; null when nothing has. */
  get lastHeardAt(): number | null {
    return this.#lastHeardAt;
  }

  /** Resolves when that transaction has arrived; never rejects. */
  async hears(id: string): Promise<void> {
    if (!this.#arrived.has(id)) await once(this.#events, id);
  }

  /** Who a transaction came from, or null as long as it has not. */
  heardFrom(id: string): TransportAddress | null {
    return this.#arrived.get(id)?.from ?? null;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #message(to: TransportAddress, message: StunMessage): Outgoing {
    const bytes = encode(message);
    const id = message.transactionId.toString("hex");
    this.#path.sources.expect(id, this.#path.answerFrom(to, message.attributes));
    let lastSentAt: number | null = null;
    return {
      id,
      transmit: () => {
        if (this.#isClosed) return;
        lastSentAt = performance.now();
        this.#socket.send(bytes, to.port, to.address, () => {});
      },
      lastSentAt: () => lastSentAt,
    };
  }
}

/** Whether a poke arrives at a socket: true at once when it does, false when its time is over, null on a dead path. */
export async function arrives(path: ProbePath, { id, sent }: Poke, at: ProbeSocket): Promise<boolean | null> {
  let isOver = false;
  let isAlive = false;
  const silence = async () => {
    await sent;
    isAlive = await path.settle();
    isOver = true;
  };
  await Promise.race([at.hears(id), silence()]);
  if (at.heardFrom(id) !== null) return true;
  return isOver && isAlive ? false : null;
}
