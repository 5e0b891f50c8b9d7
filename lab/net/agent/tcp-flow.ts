import type { Socket } from "node:net";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { attribute, decode, encode, request } from "../../stun/message.ts";
import { StreamFraming } from "../../stun/stream-framing.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";

export type TcpTarget = {
  to: TransportAddress;
  isTls: boolean;
  /** An HTTP proxy to be asked for a tunnel (RFC 9110 section 9.3.6); null: none. */
  proxy: TransportAddress | null;
};

/** `rejected`: refused or reset by somebody, or by the proxy's answer. Nothing at all never resolves. */
export type TcpOutcome = "passed" | "rejected";

const OWN_FAULTS = ["EADDRINUSE", "EADDRNOTAVAIL", "EMFILE"];

/** A TCP connection of a host inside that asks for a Binding: whether it gets through, and where it comes from. */
export class TcpFlow {
  /** Of the first request. Rejects with `bind_failed` when the probe itself is at fault. */
  readonly outcome: Promise<TcpOutcome>;
  readonly #socket: Socket;
  readonly #waiting: ((mapped: TransportAddress) => void)[] = [];
  #stream: Duplex;
  #mapped: TransportAddress | null = null;
  #rttMs: number | null = null;

  constructor({ to, isTls, proxy }: TcpTarget, host: string, localPort?: number) {
    const { promise, resolve, reject } = Promise.withResolvers<TcpOutcome>();
    this.outcome = promise;
    promise.catch(() => {}); // Who gave up on it meanwhile is not told.
    const next = proxy ?? to;
    const startedAt = performance.now();
    // Node sets SO_REUSEADDR: several connections may leave one port for different places.
    this.#socket = connect({ host: next.address, port: next.port, localAddress: host, localPort });
    this.#stream = this.#socket;
    this.#socket.setNoDelay(true);
    this.#socket.on("error", (cause: NodeJS.ErrnoException) => {
      if (OWN_FAULTS.includes(cause.code ?? "")) reject(new AgentError("bind_failed", cause.message, { cause }));
      else resolve("rejected");
    });
    this.#socket.on("close", () => resolve("rejected"));
    const onTunnel = async () => {
      if (isTls) {
        // Only where it is needed: loading TLS takes as long as the rest of a probe's start.
        const { startTls } = await import("./psk-tls.ts");
        this.#stream = startTls(this.#socket);
        this.#stream.on("error", () => resolve("rejected"));
      }
      const framing = new StreamFraming();
      this.#stream.on("data", (chunk: Buffer) => {
        for (const frame of framing.push(chunk)) this.#receive(frame);
      });
      this.#waiting.push(() => {
        this.#rttMs = performance.now() - startedAt;
        resolve("passed");
      });
      this.#send();
    };
    this.#socket.once("connect", () => {
      if (proxy === null) void onTunnel();
      else this.#askProxy(to, onTunnel, () => resolve("rejected"));
    });
  }

  /** The outside address, once it has passed. */
  get mapped(): TransportAddress | null {
    return this.#mapped;
  }

  /** From connecting to the first answer. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** Asks once more; never resolves where nothing comes. */
  ask(): Promise<TransportAddress> {
    const { promise, resolve } = Promise.withResolvers<TransportAddress>();
    this.#waiting.push(resolve);
    this.#send();
    return promise;
  }

  /** By reset: no port is left in TIME_WAIT, and the router forgets as well. */
  close(): void {
    this.#socket.resetAndDestroy();
  }

  #send(): void {
    if (this.#stream.writable) this.#stream.write(encode(request("Binding"), { fingerprint: true }));
  }

  #receive(frame: Buffer): void {
    const message = decode(frame);
    const mapped = "error" in message ? undefined : attribute(message, "XOR-MAPPED-ADDRESS");
    if (mapped === undefined) return;
    this.#mapped = mapped;
    this.#waiting.shift()?.(mapped);
  }

  #askProxy(to: TransportAddress, onTunnel: () => Promise<void>, onRefused: () => void): void {
    const where = `${to.address}:${to.port}`;
    this.#socket.write(`CONNECT ${where} HTTP/1.1\r\nHost: ${where}\r\n\r\n`);
    let head = "";
    const read = (chunk: Buffer) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      // Nobody speaks in the tunnel before the probe does: nothing can follow the head yet.
      this.#socket.off("data", read);
      if (/^HTTP\/1\.[01] 2\d\d/.test(head)) void onTunnel();
      else onRefused();
    };
    this.#socket.on("data", read);
  }
}
