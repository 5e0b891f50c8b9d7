import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type Link, type LinkOwner, socketFailure } from "./link.ts";

/** An address is nothing to look up, and what is not looked up opens at once. */
const lookup = (address: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
  done(null, address, isIPv6(address) ? 6 : 4);

/** Handlers are one for all sockets: a closure for each would be memory for each. */
type OwnedSocket = Socket & { owner: LinkOwner | null };

function onMessage(this: Socket, bytes: Buffer): void {
  (this as OwnedSocket).owner?.onFrame(bytes);
}

function onConnect(this: Socket): void {
  (this as OwnedSocket).owner?.onOpen();
}

/** An ICMP error, or no port left: what a connected socket is told. */
function onError(this: Socket, error: Error): void {
  const socket = this as OwnedSocket;
  const { owner } = socket;
  if (!owner) return;
  socket.owner = null;
  socket.close();
  owner.onBroken(socketFailure(error));
}

/** A connected socket of its own, so that the server sees a client of its own. */
export class UdpLink implements Link {
  readonly isReliable = false;
  readonly #socket: OwnedSocket;

  constructor(target: { address: string; port: number }, owner: LinkOwner) {
    const type = isIPv6(target.address) ? "udp6" : "udp4";
    this.#socket = Object.assign(createSocket({ type, lookup }), { owner });
    this.#socket.on("message", onMessage);
    this.#socket.on("connect", onConnect);
    this.#socket.on("error", onError);
    this.#socket.connect(target.port, target.address);
  }

  send(bytes: Buffer): void {
    if (!this.#socket.owner) return;
    this.#socket.send(bytes);
  }

  /** How many datagrams the kernel had no room for yet. */
  get queued(): number {
    return this.#socket.getSendQueueCount();
  }

  close(): void {
    if (!this.#socket.owner) return;
    this.#socket.owner = null;
    this.#socket.close();
  }
}
