import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeResult } from "../model/probe.ts";
import type { Attribute } from "../stun/attributes.ts";
import { attribute, encode, indication } from "../stun/message.ts";
import type { TransportAddress } from "../stun/transport-address.ts";
import { fillSheet, type Question } from "./question.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";
import { TurnQuestions } from "./turn-questions.ts";

const COPIES = 3;
const GAP_MS = 50;
const SILENCE_MS = 700;

export const RELAY_QUESTIONS = {
  "relay-to-relay": {
    id: "relay-to-relay",
    group: "peer-acl",
    title: "A datagram from one of the server's relays to another, both our own",
    expected: "it arrives",
    severity: "error",
    reason:
      "A call with both ends relayed runs from relay to relay: the ACL denies the server's own address, or the way back into it " +
      "(hairpinning) is closed.",
    fix: "allowed-peer-ip=the server's external-ip",
    affects: "users of whom both ends need a relay",
    option: "denied-peer-ip",
  },
} as const satisfies Record<string, Question>;

/** Two allocations, a permission each, and a token through both. */
export function askRelayToRelay(
  target: ProbeTarget,
  credential: ProbeCredential | null,
  limits: ProbeLimits,
): Promise<ProbeResult[]> {
  return fillSheet(RELAY_QUESTIONS, target.url, limits, async (sheet) => {
    const startedAt = performance.now();
    const open = () => TurnQuestions.open(target, credential, limits, sheet.signal);
    const isLetIn = async (turn: TurnQuestions, peer: TransportAddress) => {
      const { outcome, why } = await turn.ask("CreatePermission", [{ name: "XOR-PEER-ADDRESS", value: peer }]);
      if (outcome === "none") throw new Error(why);
      if (outcome === "success") return true;
      sheet.tell("relay-to-relay", {
        observed: `CreatePermission for ${peer.address}: ${outcome}`,
        verdict: "weak",
        hasReached: false,
        // Behind a NAT coturn turns the public address into its own before the ACL sees it.
        fix: `allowed-peer-ip=${peer.address}; behind a one-to-one NAT external-ip=${peer.address}/PRIVATE, or allowed-peer-ip=PRIVATE`,
        measured: { createPermission: outcome },
        durationMs: performance.now() - startedAt,
      });
      return false;
    };
    await using from = await open();
    const sender = await relayOf(from);
    // All relays of most servers have one address: where a quota grants no second one, that much is known.
    if (!(await isLetIn(from, sender))) return;
    await using to = await open();
    const receiver = await relayOf(to);
    if (!(await isLetIn(from, receiver)) || !(await isLetIn(to, sender))) return;
    const hasReached = await arrives(from, receiver, to);
    sheet.tell("relay-to-relay", {
      observed: hasReached ? "it arrives" : `nothing arrives from ${sender.address} at ${receiver.address}`,
      verdict: hasReached ? "ok" : "weak",
      hasReached,
      durationMs: performance.now() - startedAt,
    });
  });
}

async function relayOf(turn: TurnQuestions): Promise<TransportAddress> {
  const { outcome, why, relayed } = await turn.allocate();
  if (!relayed) throw new Error(`no allocation: ${outcome} ${why}`.trim());
  return relayed;
}

async function arrives(from: TurnQuestions, peer: TransportAddress, to: TurnQuestions): Promise<boolean> {
  const token = randomBytes(16);
  const { promise: came, resolve } = Promise.withResolvers<true>();
  to.stun.onIndication((message) => {
    if (message.method === "Data" && attribute(message, "DATA")?.equals(token)) resolve(true);
  });
  const attributes: Attribute[] = [
    { name: "XOR-PEER-ADDRESS", value: peer },
    { name: "DATA", value: token },
  ];
  for (let copy = 1; copy <= COPIES; copy += 1) {
    from.stun.send(encode(indication("Send", attributes), { fingerprint: true }));
    const waitMs = copy < COPIES ? GAP_MS : SILENCE_MS;
    if (await Promise.race([came, sleep(waitMs).then(() => false)])) return true;
  }
  return false;
}
