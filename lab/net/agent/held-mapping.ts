import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { BindingSocket } from "../../stun/binding-socket.ts";
import { attribute } from "../../stun/message.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { formatTransportAddress, isSameTransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";

/** As long as a stalled machine may need; an answer ends the wait. */
const ANSWER_TIMEOUT_MS = 4_000;

/** A socket with a mapping towards one host, which remembers whether anybody else got through to it. */
export class HeldMapping {
  readonly mapped: TransportAddress;
  readonly #socket: BindingSocket;
  readonly #events = new EventEmitter();
  #stranger: TransportAddress | null = null;

  private constructor(socket: BindingSocket, mapped: TransportAddress, contacted: TransportAddress) {
    this.#socket = socket;
    this.mapped = mapped;
    socket.onOther((from) => {
      if (isSameTransportAddress(from, contacted)) return;
      this.#stranger ??= from;
      this.#events.emit("stranger");
    });
  }

  /** Rejects with `no_answer` when the host does not answer a Binding request. */
  static async open(contacted: TransportAddress, timeoutMs = ANSWER_TIMEOUT_MS): Promise<HeldMapping> {
    const socket = await BindingSocket.open();
    const answer = await socket.ask(contacted, { until: sleep(timeoutMs) });
    const mapped = answer && attribute(answer.message, "XOR-MAPPED-ADDRESS");
    if (mapped) return new HeldMapping(socket, mapped, contacted);
    await socket.close();
    const where = formatTransportAddress(contacted);
    throw new AgentError("no_answer", `no Binding answer from ${where} over UDP within ${timeoutMs} ms`);
  }

  /** The first stranger whose datagram came in since the mapping was opened; waits `ms` for one, then null. */
  async listen(ms: number): Promise<TransportAddress | null> {
    if (this.#stranger === null) {
      await once(this.#events, "stranger", { signal: AbortSignal.timeout(ms) }).catch(() => {});
    }
    return this.#stranger;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
