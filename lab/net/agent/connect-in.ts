import type { Socket } from "node:net";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ConnectedIn } from "./probe-protocol.ts";

/** A connection is the one's to end who was reached: on a stalled machine it may still be waiting to be accepted. */
const KEPT_MS = 30_000;

/** Attempts to connect to somebody inside, until they are ended: it is not for this side to say when silence counts. */
export class ConnectingIn {
  readonly #sockets: Socket[] = [];
  readonly #ports = new Set<number>();
  #connected = 0;
  #refused = 0;

  private constructor() {}

  /** Connects to `to` from a port nobody knows of each address, `copies` times; resolves when all have been sent. */
  static async begin(
    addresses: readonly string[],
    { to, copies }: { to: TransportAddress; copies: number },
  ): Promise<ConnectingIn> {
    const begun = new ConnectingIn();
    for (const address of addresses) for (let copy = 0; copy < copies; copy += 1) begun.#attempt(address, to);
    // Node sends a SYN after the current operation.
    await turn();
    for (const { localPort } of begun.#sockets) if (localPort !== undefined) begun.#ports.add(localPort);
    return begun;
  }

  /** What has come of them until now. */
  end(): ConnectedIn {
    for (const socket of this.#sockets) if (socket.connecting) socket.destroy();
    return { connected: this.#connected, refused: this.#refused, ports: [...this.#ports] };
  }

  #attempt(localAddress: string, to: TransportAddress): void {
    const socket = connect({ host: to.address, port: to.port, localAddress });
    this.#sockets.push(socket);
    socket.once("connect", () => {
      this.#connected += 1;
      socket.setTimeout(KEPT_MS, () => socket.resetAndDestroy());
    });
    // What breaks later, or on this side, is no answer to the handshake.
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") this.#refused += 1;
    });
  }
}
