import net from "node:net";
import tls from "node:tls";
import { connectThrough } from "./http-connect.ts";
import { logTlsKeys } from "./key-log.ts";
import type { Phase } from "./turn-error.ts";
import type { Address } from "./werift-internals.ts";

/** Whom a peer talks to on the way to a server: the server itself, or the HTTP proxy that leads to it. */
export type NextHop = { address: Address; isProxy: boolean };

type Handler = (data: Buffer, from: Address) => void;

/**
 * TCP or TLS to a TURN server, in the shape of werift's Transport. werift's own classes hide the socket, so that
 * neither the phase of an error nor TCP_NODELAY can be had from them.
 */
export class StreamTransport {
  readonly type: "tcp" | "tls";
  readonly remoteAddress: Address;
  readonly #socket: net.Socket;
  onData: Handler = () => {};
  onClosed: () => void = () => {};
  closed = false;
  /** Why, when the far end or the network closed it: Node's error, or that there was none. */
  closedBy: Error | null = null;

  private constructor(type: "tcp" | "tls", socket: net.Socket, remoteAddress: Address) {
    this.type = type;
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
    socket.on("data", (data) => this.onData(data, remoteAddress));
    socket.on("error", (error) => {
      this.closedBy ??= error;
    });
    socket.on("close", () => {
      if (!this.closed) this.closedBy ??= new Error("the far end closed the connection");
      this.closed = true;
      this.onClosed();
    });
    // A proxy's tunnel comes paused.
    socket.resume();
  }

  /**
   * Connects to `server`, through a proxy where the next hop is one, and for `tls` shakes hands with the certificate
   * verified against the server's host (SNI where it is a name). Reports each phase before it starts; rejects with
   * Node's error, a ProxyError or the signal's reason.
   */
  static async open(
    type: "tcp" | "tls",
    { address, isProxy }: NextHop,
    server: { host: string; port: number },
    signal: AbortSignal,
    onPhase: (phase: Phase) => void,
  ): Promise<StreamTransport> {
    signal.throwIfAborted();
    onPhase(isProxy ? "reach-proxy" : "connect");
    const socket = net.connect({ host: address[0], port: address[1], noDelay: true });
    let current: net.Socket = socket;
    try {
      await settled(socket, "connect", signal);
      if (isProxy) {
        onPhase("ask-proxy");
        await connectThrough(socket, server, signal);
      }
      if (type === "tls") {
        onPhase("tls");
        const { host } = server;
        const secured = tls.connect({ socket, host, ...(net.isIP(host) === 0 ? { servername: host } : {}) });
        logTlsKeys(secured);
        current = secured;
        await settled(current, "secureConnect", signal);
      }
    } catch (error) {
      current.on("error", () => {});
      current.destroy();
      socket.destroy();
      throw error;
    }
    return new StreamTransport(type, current, address);
  }

  get address(): net.AddressInfo {
    return this.#socket.address() as net.AddressInfo;
  }

  send = async (data: Buffer): Promise<void> => {
    if (!this.closed) this.#socket.write(data);
  };

  close = async (): Promise<void> => {
    this.closed = true;
    this.#socket.destroy();
  };
}

function settled(socket: net.Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown) => {
      socket.off(event, onEvent);
      socket.off("error", finish);
      socket.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onEvent = () => finish();
    const onClose = () => finish(new Error("connection closed"));
    const onAbort = () => finish(signal.reason);
    socket.once(event, onEvent);
    socket.once("error", finish);
    socket.once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
