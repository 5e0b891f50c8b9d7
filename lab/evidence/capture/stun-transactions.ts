import type { Source, StunTransaction } from "../../model/evidence.ts";
import type { TurnTransport } from "../../model/ice.ts";
import { attribute, type StunMessage } from "../../stun/message.ts";
import { formatTransportAddress, type TransportAddress } from "../../stun/transport-address.ts";

/** One message, and how it went. */
export type Passage = {
  message: StunMessage;
  transport: TurnTransport;
  from: string;
  to: string;
  /** Seconds since the first frame. */
  atS: number;
  /** Null where it came inside of a relay's datagram. */
  ttl: number | null;
  at: Source;
};

const MAX_TRANSACTIONS = 200_000;
/** A request that was captured on two interfaces of a machine comes twice within this; no client repeats one so fast. */
const SAME_S = 0.003;

type Open = { one: StunTransaction; ttl: number | null; lastAtS: number };

/** PRIORITY, USE-CANDIDATE, ICE-CONTROLLED, ICE-CONTROLLING: RFC 8445 section 16.1. */
const ICE_TYPES = new Set([0x0024, 0x0025, 0x8029, 0x802a]);

/** One vocabulary with coturn's log. */
const METHOD_WORDS: Record<string, string> = {
  CreatePermission: "CREATE_PERMISSION",
  ChannelBind: "CHANNEL_BIND",
};

/** Requests with their answers: RFC 8489 section 6.3. */
export class StunTransactions {
  readonly all: StunTransaction[] = [];
  readonly #open = new Map<string, Open>();
  /** Beyond the bound. */
  left = 0;

  push({ message, transport, from, to, atS, ttl, at }: Passage): void {
    const transaction = message.transactionId.toString("hex");
    if (message.class === "request") {
      const key = `${transaction} ${from} ${to}`;
      const known = this.#open.get(key);
      if (known) {
        // Captured again behind a router, it has another TTL.
        if (ttl === known.ttl && atS - known.lastAtS >= SAME_S) known.one.requests++;
        known.lastAtS = atS;
        return;
      }
      if (this.all.length >= MAX_TRANSACTIONS) {
        this.left++;
        return;
      }
      const one = asked(message, { transport, from, to, atS, at });
      this.all.push(one);
      this.#open.set(key, { one, ttl, lastAtS: atS });
      return;
    }
    if (message.class === "indication") return;
    const found = this.#open.get(`${transaction} ${to} ${from}`);
    if (!found) return;
    if (found.one.outcome === "none") answered(found.one, message, atS, ttl);
    else if (ttl !== null) found.one.answerTtl = Math.min(found.one.answerTtl ?? ttl, ttl);
  }
}

function asked(
  message: StunMessage,
  { transport, from, to, atS, at }: Pick<Passage, "transport" | "from" | "to" | "atS" | "at">,
): StunTransaction {
  const username = attribute(message, "USERNAME") ?? null;
  const isOfIce = message.attributes.some((one) => one.name === "unknown" && ICE_TYPES.has(one.type));
  return {
    at,
    transport,
    from,
    to,
    method: METHOD_WORDS[message.method] ?? message.method.toUpperCase(),
    requests: 1,
    outcome: "none",
    errorNumber: null,
    reason: null,
    username,
    realm: attribute(message, "REALM") ?? null,
    mapped: null,
    relayed: null,
    peer: textOf(attribute(message, "XOR-PEER-ADDRESS")),
    lifetimeS: null,
    answerTtl: null,
    isCheck: message.method === "Binding" && (isOfIce || username?.includes(":") === true),
    askedAtS: atS,
    answeredAtS: null,
  };
}

function answered(one: StunTransaction, message: StunMessage, atS: number, ttl: number | null): void {
  one.answeredAtS = atS;
  one.answerTtl = ttl;
  one.realm ??= attribute(message, "REALM") ?? null;
  if (message.class === "error") {
    const error = attribute(message, "ERROR-CODE");
    one.outcome = "error";
    one.errorNumber = error?.number ?? null;
    one.reason = error?.reason ?? null;
    return;
  }
  one.outcome = "success";
  one.mapped = textOf(attribute(message, "XOR-MAPPED-ADDRESS") ?? attribute(message, "MAPPED-ADDRESS"));
  one.relayed = textOf(attribute(message, "XOR-RELAYED-ADDRESS"));
  one.lifetimeS = attribute(message, "LIFETIME") ?? null;
}

const textOf = (address: TransportAddress | undefined): string | null =>
  address ? formatTransportAddress(address) : null;
