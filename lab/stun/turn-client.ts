import type { Attribute, AttributeName, AttributeValues } from "./attributes.ts";
import { encodeChannelData } from "./channel-data.ts";
import { FIRST_CHANNEL, PROTOCOL_TCP, PROTOCOL_UDP } from "./constants.ts";
import { longTermKey } from "./integrity.ts";
import type { StunMessage } from "./message.ts";
import { attribute, encode, indication, request } from "./message.ts";
import type { RequestOptions, StunResponse } from "./stun-client.ts";
import { StunClient } from "./stun-client.ts";
import { StunError } from "./stun-error.ts";
import type { Transport } from "./transport.ts";
import type { AddressFamily, TransportAddress } from "./transport-address.ts";
import { formatTransportAddress, isSameTransportAddress } from "./transport-address.ts";

export type TurnCredential = {
  username: string;
  password: string;
  /** Sent instead of the server's own realm. */
  realm?: string;
  /** What the key is made for, where that is not the realm that is sent. */
  keyRealm?: string;
};

export type AllocateOptions = {
  lifetimeSeconds?: number;
  addressFamily?: AddressFamily;
  evenPort?: { reserveNext: boolean };
  dontFragment?: boolean;
  /** Between the server and TURN peers; TCP only over TCP or TLS (RFC 6062). Default UDP. */
  relayOver?: "udp" | "tcp";
};

export type Allocation = {
  relayed: TransportAddress;
  /** This client's address as the server sees it. */
  mapped: TransportAddress | null;
  lifetimeSeconds: number;
  /** From the first packet until the relayed address, both round trips. */
  durationMs: number;
};

/** A TURN client (RFC 8656) with the long-term credential. Nothing refreshes by itself. */
export class TurnClient {
  readonly stun: StunClient;
  readonly #credential: TurnCredential;
  readonly #options: Omit<RequestOptions, "key">;
  readonly #channels = new Map<number, TransportAddress>();
  #challenge: { realm: string; nonce: string } | null = null;
  #isAllocated = false;
  #onData: (from: TransportAddress, data: Buffer) => void = () => {};

  /** Owns the transport. `options` bound each request. */
  constructor(transport: Transport, credential: TurnCredential, options: Omit<RequestOptions, "key"> = {}) {
    this.#credential = credential;
    this.#options = options;
    this.stun = new StunClient(transport);
    this.stun.onIndication((message) => {
      const from = attribute(message, "XOR-PEER-ADDRESS");
      const data = attribute(message, "DATA");
      if (message.method === "Data" && from && data) this.#onData(from, data);
    });
    this.stun.onChannelData(({ channel, data }) => {
      const from = this.#channels.get(channel);
      if (from) this.#onData(from, data);
    });
  }

  /** Rejects with a StunError: `error_response` carries the server's number and reason. */
  async allocate(options: AllocateOptions = {}): Promise<Allocation> {
    const startedAt = performance.now();
    const attributes: Attribute[] = [
      { name: "REQUESTED-TRANSPORT", value: options.relayOver === "tcp" ? PROTOCOL_TCP : PROTOCOL_UDP },
    ];
    if (options.addressFamily) attributes.push({ name: "REQUESTED-ADDRESS-FAMILY", value: options.addressFamily });
    if (options.lifetimeSeconds !== undefined) attributes.push({ name: "LIFETIME", value: options.lifetimeSeconds });
    if (options.evenPort) attributes.push({ name: "EVEN-PORT", value: options.evenPort });
    if (options.dontFragment) attributes.push({ name: "DONT-FRAGMENT", value: true });
    const answer = await this.request("Allocate", attributes);
    this.#isAllocated = true;
    return {
      relayed: required(answer, "XOR-RELAYED-ADDRESS"),
      mapped: attribute(answer, "XOR-MAPPED-ADDRESS") ?? null,
      lifetimeSeconds: required(answer, "LIFETIME"),
      durationMs: performance.now() - startedAt,
    };
  }

  /** Resolves with the lifetime granted, in seconds; 0 releases the allocation. */
  async refresh(lifetimeSeconds?: number): Promise<number> {
    const answer = await this.request(
      "Refresh",
      lifetimeSeconds === undefined ? [] : [{ name: "LIFETIME", value: lifetimeSeconds }],
    );
    if (lifetimeSeconds === 0) this.#isAllocated = false;
    return attribute(answer, "LIFETIME") ?? 0;
  }

  /** Lets those addresses send to the relayed address, for 5 minutes, from any port (RFC 8656 section 9). */
  async createPermission(addresses: string[]): Promise<void> {
    await this.request(
      "CreatePermission",
      addresses.map((address) => ({ name: "XOR-PEER-ADDRESS", value: { address, port: 0 } })),
    );
  }

  /** Binds the next free channel, or the one given, to a TURN peer and resolves with its number. */
  async channelBind(peer: TransportAddress, channel = FIRST_CHANNEL + this.#channels.size): Promise<number> {
    await this.request("ChannelBind", [
      { name: "CHANNEL-NUMBER", value: channel },
      { name: "XOR-PEER-ADDRESS", value: peer },
    ]);
    this.#channels.set(channel, peer);
    return channel;
  }

  /**
   * Has the server connect from a TCP allocation to a TURN peer; resolves with the connection's number once it stands
   * (RFC 6062 section 4.3). 447: it tried, and could not.
   */
  async connectPeer(peer: TransportAddress): Promise<number> {
    return required(await this.request("Connect", [{ name: "XOR-PEER-ADDRESS", value: peer }]), "CONNECTION-ID");
  }

  /**
   * Makes this client's own connection, a new one without an allocation, the client's half of that number. What
   * `stun.send` writes from then on goes to the TURN peer as it is; nothing that comes back is STUN. It takes the challenge of
   * the client that has the allocation: coturn 4.6.1 closes a connection on which a ConnectionBind earns a 401.
   */
  async bindConnection(connectionId: number, allocating: TurnClient): Promise<void> {
    this.#challenge ??= allocating.#challenge;
    await this.request("ConnectionBind", [{ name: "CONNECTION-ID", value: connectionId }]);
  }

  /** Sends to a TURN peer: over its channel if it has one, else as a Send indication. */
  send(peer: TransportAddress, data: Buffer): void {
    for (const [channel, bound] of this.#channels) {
      if (isSameTransportAddress(bound, peer)) return this.stun.send(encodeChannelData({ channel, data }));
    }
    const attributes: Attribute[] = [
      { name: "XOR-PEER-ADDRESS", value: peer },
      { name: "DATA", value: data },
    ];
    this.stun.send(encode(indication("Send", attributes), { fingerprint: true }));
  }

  /** One handler for data from TURN peers, over indications and channels alike. */
  onData(handler: (from: TransportAddress, data: Buffer) => void): void {
    this.#onData = handler;
  }

  /** Releases the allocation, if there is one, and closes the transport. Never rejects: the server may be gone. */
  async close(): Promise<void> {
    if (this.#isAllocated) await this.refresh(0).catch(() => {});
    await this.stun.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * One authenticated request (RFC 8489 section 9.2): the first goes out bare and earns the 401 with realm and nonce;
   * a 438 Stale Nonce is answered once. Rejects with `error_response` for any other error.
   */
  async request(method: StunMessage["method"], attributes: Attribute[]): Promise<StunResponse> {
    if (!this.#challenge) {
      const answer = await this.stun.request(request(method, attributes), this.#options);
      if (attribute(answer, "ERROR-CODE")?.number !== 401) return this.#accept(answer);
      this.#learnChallenge(answer);
    }
    let answer = await this.#authenticated(method, attributes);
    if (attribute(answer, "ERROR-CODE")?.number === 438) {
      this.#learnChallenge(answer);
      answer = await this.#authenticated(method, attributes);
    }
    return this.#accept(answer);
  }

  #authenticated(method: StunMessage["method"], attributes: Attribute[]): Promise<StunResponse> {
    const { realm, nonce } = this.#challenge ?? { realm: "", nonce: "" };
    const { username, password, keyRealm = realm } = this.#credential;
    const signed: Attribute[] = [
      ...attributes,
      { name: "USERNAME", value: username },
      { name: "REALM", value: realm },
      { name: "NONCE", value: nonce },
    ];
    const key = longTermKey(username, keyRealm, password);
    return this.stun.request(request(method, signed), { ...this.#options, key });
  }

  #learnChallenge(answer: StunMessage): void {
    this.#challenge = {
      realm: this.#credential.realm ?? attribute(answer, "REALM") ?? this.#challenge?.realm ?? "",
      nonce: required(answer, "NONCE"),
    };
  }

  #accept(answer: StunResponse): StunResponse {
    if (answer.class === "success") return answer;
    const response = required(answer, "ERROR-CODE");
    const { kind, remote } = this.stun.transport;
    const what = `${response.number} ${response.reason}`.trim();
    throw new StunError("error_response", `${answer.method} to ${kind} ${formatTransportAddress(remote)}: ${what}`, {
      response,
    });
  }
}

function required<N extends AttributeName>(message: StunMessage, name: N): AttributeValues[N] {
  const value = attribute(message, name);
  if (value === undefined) {
    throw new StunError("incomplete_response", `the ${message.class} response to ${message.method} has no ${name}`);
  }
  return value;
}
