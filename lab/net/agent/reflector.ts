import type { Socket as UdpSocket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import type { Attribute } from "../../stun/attributes.ts";
import type { StunMessage } from "../../stun/message.ts";
import { attribute, decode, encode, response, unknownRequiredTypes } from "../../stun/message.ts";
import { StreamFraming } from "../../stun/stream-framing.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";
import type { ReflectorPlan } from "./probe-protocol.ts";

/** Index of an address and of a port in the plan: primary 0, alternate 1. */
type Corner = { address: 0 | 1; port: 0 | 1 };
const CORNERS: readonly Corner[] = [
  { address: 0, port: 0 },
  { address: 0, port: 1 },
  { address: 1, port: 0 },
  { address: 1, port: 1 },
];
const other = (index: 0 | 1) => (1 - index) as 0 | 1;

/** A STUN server with the NAT behaviour discovery usage (RFC 5780 section 6), on 2 addresses x 2 ports, UDP and TCP. */
export class Reflector {
  readonly plan: ReflectorPlan;
  readonly #udp = new Map<string, UdpSocket>();
  readonly #tcp: Server[] = [];
  readonly #connections = new Set<Socket>();

  private constructor(plan: ReflectorPlan) {
    this.plan = plan;
  }

  /** Rejects with `bind_failed` when one of the eight sockets cannot be had; none is left open then. */
  static async start(plan: ReflectorPlan): Promise<Reflector> {
    const reflector = new Reflector(plan);
    try {
      await Promise.all(CORNERS.flatMap((corner) => [reflector.#listenUdp(corner), reflector.#listenTcp(corner)]));
    } catch (cause) {
      await reflector.close();
      throw new AgentError("bind_failed", (cause as Error).message, { cause });
    }
    return reflector;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    const sockets = [...this.#udp.values(), ...this.#tcp];
    this.#udp.clear();
    this.#tcp.length = 0;
    await Promise.all(
      sockets.map((socket) => {
        const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
        socket.close();
        return closed;
      }),
    );
  }

  async #listenUdp(corner: Corner): Promise<void> {
    const { address, port } = this.#at(corner);
    const socket = createSocket("udp4");
    this.#udp.set(key(corner), socket);
    socket.bind(port, address);
    await once(socket, "listening");
    socket.on("error", () => {});
    socket.on("message", (bytes, source) => {
      const request = decode(bytes);
      if ("error" in request || request.class !== "request") return;
      const change = attribute(request, "CHANGE-REQUEST");
      const from: Corner = {
        address: change?.changeIp ? other(corner.address) : corner.address,
        port: change?.changePort ? other(corner.port) : corner.port,
      };
      const answer = this.#answer(request, source, corner, from);
      this.#udp.get(key(from))?.send(encode(answer, { fingerprint: true }), source.port, source.address, () => {});
    });
  }

  async #listenTcp(corner: Corner): Promise<void> {
    const { address, port } = this.#at(corner);
    const server = createServer((connection) => {
      this.#connections.add(connection);
      connection.on("close", () => this.#connections.delete(connection));
      connection.on("error", () => connection.destroy());
      const source = { address: connection.remoteAddress ?? "", port: connection.remotePort ?? 0 };
      const framing = new StreamFraming();
      connection.on("data", (chunk) => {
        for (const frame of framing.push(chunk)) {
          const request = decode(frame);
          if ("error" in request || request.class !== "request") continue;
          connection.write(encode(this.#answer(request, source, corner, corner), { fingerprint: true }));
        }
        if (framing.isBroken) connection.destroy();
      });
    });
    server.listen(port, address);
    await once(server, "listening");
    this.#tcp.push(server);
  }

  #answer(request: StunMessage, source: TransportAddress, asked: Corner, from: Corner): StunMessage {
    const unknown = unknownRequiredTypes(request);
    if (unknown.length > 0) {
      return response(request, "error", [
        { name: "ERROR-CODE", value: { number: 420, reason: "Unknown Attribute" } },
        { name: "UNKNOWN-ATTRIBUTES", value: unknown },
      ]);
    }
    if (request.method !== "Binding") {
      return response(request, "error", [{ name: "ERROR-CODE", value: { number: 400, reason: "Bad Request" } }]);
    }
    const mapped = { address: source.address, port: source.port };
    const attributes: Attribute[] = [
      { name: "XOR-MAPPED-ADDRESS", value: mapped },
      { name: "MAPPED-ADDRESS", value: mapped },
      { name: "RESPONSE-ORIGIN", value: this.#at(from) },
      // RFC 5780 section 7.4: what a CHANGE-REQUEST with both flags would answer from.
      { name: "OTHER-ADDRESS", value: this.#at({ address: other(asked.address), port: other(asked.port) }) },
    ];
    return response(request, "success", attributes);
  }

  #at({ address, port }: Corner): TransportAddress {
    return { address: this.plan.addresses[address], port: this.plan.ports[port] };
  }
}

function key({ address, port }: Corner): string {
  return `${address}${port}`;
}
