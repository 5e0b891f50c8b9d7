import type { Socket } from "node:net";
import { connect as connectTcpSocket, isIP } from "node:net";
import { connect as connectTlsSocket, TLSSocket } from "node:tls";
import { StreamFraming } from "./stream-framing.ts";
import { StunError } from "./stun-error.ts";
import type { ServerTarget, Transport } from "./transport.ts";
import { formatTransportAddress } from "./transport-address.ts";

/** Opens TCP, or TLS with its certificate verified. Rejects with a StunError, at the latest after `timeoutMs`. */
export async function connectStream(target: ServerTarget, options: { timeoutMs: number }): Promise<Transport> {
  const where = `${target.transport.toUpperCase()} ${formatTransportAddress(target)}`;
  const socket = open(target);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new StunError("timeout", `${where}: no connection within ${options.timeoutMs} ms`));
    }, options.timeoutMs);
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new StunError("connection_failed", `${where}: closed while connecting`));
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(explain(where, socket, error));
    });
    socket.once(target.transport === "tls" ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return new StreamTransport(socket, target, where);
}

class StreamTransport implements Transport {
  readonly kind;
  readonly local;
  readonly remote;
  readonly #socket: Socket;
  #onFrame: (bytes: Buffer) => void = () => {};
  #onBroken: ((error: StunError) => void) | null = null;

  constructor(socket: Socket, target: ServerTarget, where: string) {
    this.#socket = socket;
    this.kind = target.transport;
    this.local = { address: socket.localAddress ?? "", port: socket.localPort ?? 0 };
    this.remote = { address: target.address, port: target.port };
    const framing = new StreamFraming();
    socket.on("data", (chunk) => {
      for (const frame of framing.push(chunk)) this.#onFrame(frame);
      if (framing.isBroken) this.#break(new StunError("not_stun", `${where}: the stream is not STUN`));
    });
    socket.on("error", (error) => this.#break(explain(where, socket, error)));
    socket.on("close", () => this.#break(new StunError("closed", `${where}: closed by the server`)));
  }

  send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  onFrame(handler: (bytes: Buffer) => void): void {
    this.#onFrame = handler;
  }

  onBroken(handler: (error: StunError) => void): void {
    this.#onBroken = handler;
  }

  async close(): Promise<void> {
    this.#onBroken = null;
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      // What was written before goes out first; a server that never closes its end does not hold us up.
      this.#socket.end(() => this.#socket.destroy());
      if (this.#socket.destroyed) resolve();
    });
  }

  #break(error: StunError): void {
    const handler = this.#onBroken;
    this.#onBroken = null;
    this.#socket.destroy();
    handler?.(error);
  }
}

function open(target: ServerTarget): Socket {
  const { address: host, port, servername, ca } = target;
  const socket =
    target.transport === "tls"
      ? // An address may not stand in SNI (RFC 6066 section 3); Node then verifies the certificate against the host.
        connectTlsSocket({ host, port, ca, servername: servername && !isIP(servername) ? servername : undefined })
      : connectTcpSocket({ host, port });
  return socket.setNoDelay(true);
}

function explain(where: string, socket: Socket, cause: NodeJS.ErrnoException): StunError {
  const message = `${where}: ${cause.message || cause.code || "failed"}`;
  // Set by Node only when the handshake succeeded and the verification of the certificate did not.
  if (socket instanceof TLSSocket && socket.authorizationError) {
    return new StunError("certificate_rejected", `${message} (${cause.code})`, { cause });
  }
  const isTls = cause.code?.startsWith("ERR_SSL") || cause.code?.startsWith("ERR_TLS") || cause.code === "EPROTO";
  return new StunError(isTls ? "tls_failed" : "connection_failed", message, { cause });
}
