import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { StreamFraming } from "../../stun/stream-framing.ts";
import { type FailureCode, type Link, type LinkOwner, socketFailure } from "./link.ts";

export type StreamTarget = { over: "tcp" | "tls"; address: string; port: number; servername: string };

/** What a connection does not take stays here up to so much: two seconds of a call at 2 Mbit/s, and what is older is lost. */
const MOST_WAITING_BYTES = 512 * 1024;

/** Trusted authorities, read once for all connections of a thread; NODE_EXTRA_CA_CERTS is among them. */
let secureContext: SecureContext | undefined;

/** TCP, or TLS with its certificate verified. */
export class StreamLink implements Link {
  readonly isReliable = true;
  readonly #socket: Socket;
  #owner: LinkOwner | null;

  constructor(target: StreamTarget, owner: LinkOwner) {
    this.#owner = owner;
    this.#socket = open(target);
    this.#socket.setNoDelay(true);
    const framing = new StreamFraming();
    let isOpen = false;
    this.#socket.once(target.over === "tls" ? "secureConnect" : "connect", () => {
      isOpen = true;
      this.#owner?.onOpen();
    });
    this.#socket.on("data", (chunk) => {
      for (const frame of framing.push(chunk)) this.#owner?.onFrame(frame);
      if (framing.isBroken) this.#break("turn_connection_closed");
    });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      if (isOpen) this.#break("turn_connection_closed");
      else this.#break(isTlsFault(this.#socket, error) ? "turn_tls_failed" : socketFailure(error));
    });
    this.#socket.on("close", () => this.#break(isOpen ? "turn_connection_closed" : "turn_connect_failed"));
  }

  send(bytes: Buffer): void {
    if (!this.#socket.writable || this.#socket.writableLength > MOST_WAITING_BYTES) return;
    this.#socket.write(Buffer.from(bytes));
  }

  close(): void {
    this.#owner = null;
    // What was written before goes out first; a server that never closes its end does not hold us up.
    this.#socket.end(() => this.#socket.destroy());
  }

  #break(code: FailureCode): void {
    const owner = this.#owner;
    this.#owner = null;
    this.#socket.destroy();
    owner?.onBroken(code);
  }
}

function open({ over, address: host, port, servername }: StreamTarget): Socket {
  if (over === "tcp") return connectTcp({ host, port });
  secureContext ??= createSecureContext();
  // An address may not stand in SNI (RFC 6066 section 3); Node then verifies the certificate against the host.
  return connectTls({ host, port, secureContext, ...(isIP(servername) ? {} : { servername }) });
}

function isTlsFault(socket: Socket, { code = "" }: NodeJS.ErrnoException): boolean {
  if (socket instanceof TLSSocket && socket.authorizationError) return true;
  return code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code === "EPROTO";
}
