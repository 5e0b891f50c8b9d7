import type { Socket as UdpSocket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { createServer, isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import type { Attribute } from "../../stun/attributes.ts";
import type { StunMessage } from "../../stun/message.ts";
import { attribute, decode, encode, response } from "../../stun/message.ts";
import { StreamFraming } from "../../stun/stream-framing.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";
import type { ReflectorPlan } from "./probe-protocol.ts";
import { acceptTls, TLS_HANDSHAKE } from "./psk-tls.ts";
import { RESPONSE_PORT, responsePort } from "./response-port.ts";

/** Where a socket of the reflector stands: index of its address and of its port in the plan. */
type Corner = { address: 0 | 1; port: number };

const otherAddress = (index: 0 | 1) => (1 - index) as 0 | 1;

/**
 * A STUN server with the NAT behaviour discovery usage (RFC 5780 section 6): two addresses, and two ports or more,
 * UDP and TCP on each. Ports go in pairs, the first with the second, the third with the fourth, and so on: each is what
 * CHANGE-REQUEST and OTHER-ADDRESS mean by the other port. A TCP connection that begins with a TLS handshake gets TLS.
 */
export class Reflector {
  readonly plan: ReflectorPlan;
  readonly #udp = new Map<string, UdpSocket>();
  readonly #tcp: Server[] = [];
  readonly #connections = new Set<Socket>();

  private constructor(plan: ReflectorPlan) {
    this.plan = plan;
  }

  /** Rejects with `bind_failed` when one of the sockets cannot be had; none is left open then. */
  static async start(plan: ReflectorPlan): Promise<Reflector> {
    const reflector = new Reflector(plan);
    const corners = plan.ports.flatMap((_, port): Corner[] => [
      { address: 0, port },
      { address: 1, port },
    ]);
    try {
      await Promise.all(corners.flatMap((corner) => [reflector.#listenUdp(corner), reflector.#listenTcp(corner)]));
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
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    this.#udp.set(key(corner), socket);
    socket.bind(port, address);
    await once(socket, "listening");
    socket.on("error", () => {});
    socket.on("message", (bytes, source) => {
      const request = decode(bytes);
      if ("error" in request || request.class !== "request") return;
      const change = attribute(request, "CHANGE-REQUEST");
      const from: Corner = {
        address: change?.changeIp ? otherAddress(corner.address) : corner.address,
        port: change?.changePort ? this.#otherPort(corner.port) : corner.port,
      };
      const answer = encode(this.#answer(request, source, corner, from), { fingerprint: true });
      // RFC 5780 section 7.5: the answer goes to another port of the address that asked.
      this.#udp.get(key(from))?.send(answer, responsePort(request) ?? source.port, source.address, () => {});
    });
  }

  async #listenTcp(corner: Corner): Promise<void> {
    const { address, port } = this.#at(corner);
    const server = createServer((connection) => {
      this.#connections.add(connection);
      connection.on("close", () => this.#connections.delete(connection));
      connection.on("error", () => connection.destroy());
      const { remoteAddress, remotePort } = connection;
      // Gone before it was accepted.
      if (remoteAddress === undefined || remotePort === undefined) return void connection.destroy();
      const source = { address: remoteAddress, port: remotePort };
      // Whoever shows up with a TLS handshake gets TLS, on any port; STUN begins with two zero bits.
      connection.once("data", (first) => {
        connection.pause();
        connection.unshift(first);
        const stream = first[0] === TLS_HANDSHAKE ? acceptTls(connection) : connection;
        this.#serve(stream, source, corner);
      });
    });
    server.listen(port, address);
    await once(server, "listening");
    this.#tcp.push(server);
  }

  #serve(stream: Duplex, source: TransportAddress, corner: Corner): void {
    const framing = new StreamFraming();
    stream.on("error", () => stream.destroy());
    stream.on("data", (chunk: Buffer) => {
      for (const frame of framing.push(chunk)) {
        const request = decode(frame);
        if ("error" in request || request.class !== "request") continue;
        stream.write(encode(this.#answer(request, source, corner, corner), { fingerprint: true }));
      }
      if (framing.isBroken) stream.destroy();
    });
    stream.resume();
  }

  #answer(request: StunMessage, source: TransportAddress, asked: Corner, from: Corner): StunMessage {
    const unknown = request.attributes.flatMap((one) =>
      one.name === "unknown" && one.type < 0x8000 && one.type !== RESPONSE_PORT ? [one.type] : [],
    );
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
    // The second address names itself: coturn's turnutils_natdiscovery (4.6.1) takes the target of its third mapping test
    // from the answer to its second, which would send it back to the first address, and calls every address-dependent
    // mapping address-and-port-dependent. A client that begins at the first address, as RFC 5780 has it, sees no difference.
    const other: Corner = { address: 1, port: this.#otherPort(asked.port) };
    const attributes: Attribute[] = [
      { name: "XOR-MAPPED-ADDRESS", value: mapped },
      { name: "MAPPED-ADDRESS", value: mapped },
      { name: "RESPONSE-ORIGIN", value: this.#at(from) },
      // RFC 5780 section 7.4: at the first address, what a CHANGE-REQUEST with both flags would answer from.
      { name: "OTHER-ADDRESS", value: this.#at(other) },
    ];
    return response(request, "success", attributes);
  }

  #otherPort(index: number): number {
    const partner = index % 2 === 0 ? index + 1 : index - 1;
    return partner < this.plan.ports.length ? partner : 0;
  }

  #at({ address, port }: Corner): TransportAddress {
    const planned = this.plan.ports[port];
    if (planned === undefined) throw new RangeError(`the reflector has no port ${port}`);
    return { address: this.plan.addresses[address], port: planned };
  }
}

function key({ address, port }: Corner): string {
  return `${address}-${port}`;
}
