import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Attribute } from "../stun/attributes.ts";
import { encodeChannelData } from "../stun/channel-data.ts";
import { FIRST_CHANNEL, LAST_CHANNEL } from "../stun/constants.ts";
import { attribute, encode, indication } from "../stun/message.ts";
import { StunError } from "../stun/stun-error.ts";
import type { AddressFamily, TransportAddress } from "../stun/transport-address.ts";
import { deadlineOf, type ProbeCredential, type ProbeLimits, type ProbeTarget } from "./target.ts";
import { type Outcome, TurnQuestions } from "./turn-questions.ts";

export type AskPeers = {
  target: ProbeTarget;
  /** TCP or TLS, for TCP allocations; null: no CONNECT is asked. */
  streamTarget: ProbeTarget | null;
  credential: ProbeCredential | null;
  addresses: readonly string[];
  /** Where ChannelBind and CONNECT lead. */
  port: number;
  /** Of `addresses`, those at which somebody listens at that port, UDP and TCP: they are sent tokens. */
  listeners?: readonly string[];
  /** How long a CONNECT may dial. */
  dialMs?: number;
  limits: ProbeLimits;
};

/** What each way said; null: not asked. Plain data: it travels from an agent to the harness as JSON. */
export type PeerAnswer = {
  address: string;
  createPermission: Outcome | null;
  channelBind: Outcome | null;
  connect: Outcome | null;
  /** What was sent by each way, as text: whoever gets it there has been reached. */
  tokens: { send?: string; channel?: string; connect?: string };
  /** Of what was not asked. */
  why: string;
  durationMs: number;
};

export type PeerAnswers = {
  peers: PeerAnswer[];
  /** Of the UDP allocations. */
  relayed: Partial<Record<AddressFamily, TransportAddress>>;
  mapped: TransportAddress | null;
  /** Why there is no CONNECT. */
  whyNoConnect: string;
};

const DIAL_MS = 1_500;
const AT_ONCE = 6;
/** coturn closes an allocation over an ICMP error (4.6.1): tokens go when nothing more is asked. */
const TOKEN_COPIES = 3;
const TOKEN_GAP_MS = 20;

/**
 * Asks for each address by CreatePermission, ChannelBind and CONNECT; sends tokens where somebody listens. An allocation for
 * each family and one for TCP, one after the other; all given back. Two requests for an address over UDP, one over TCP, and for
 * each listener one connection more.
 */
export async function askPeers(asking: AskPeers): Promise<PeerAnswers> {
  const peers = new Map<string, PeerAnswer>(
    asking.addresses.map((address) => [
      address,
      { address, createPermission: null, channelBind: null, connect: null, tokens: {}, why: "", durationMs: 0 },
    ]),
  );
  const answers: PeerAnswers = { peers: [...peers.values()], relayed: {}, mapped: null, whyNoConnect: "" };
  const deadline = deadlineOf(asking.limits);
  for (const family of ["ipv4", "ipv6"] as const) {
    const ofFamily = answers.peers.filter(({ address }) => isIPv6(address) === (family === "ipv6"));
    if (ofFamily.length === 0) continue;
    await orWhy(ofFamily, () => askOverUdp(asking, family, ofFamily, answers, deadline));
    if (asking.streamTarget === null) answers.whyNoConnect = "no URL over TCP or TLS";
    else if (family === "ipv4" || answers.relayed.ipv6) {
      const { streamTarget } = asking;
      const why = await whyNot(() => askOverTcp(asking, streamTarget, family, ofFamily, deadline));
      if (answers.whyNoConnect === "") answers.whyNoConnect = why;
    }
  }
  return answers;
}

async function askOverUdp(
  asking: AskPeers,
  family: AddressFamily,
  peers: readonly PeerAnswer[],
  answers: PeerAnswers,
  deadline: AbortSignal,
): Promise<void> {
  const { target, credential, port, limits, listeners = [] } = asking;
  // A 440 over UDP takes one of a quota of coturn 4.6.1 with it for a minute; over TCP the server sees its client go.
  const over = family === "ipv6" ? (asking.streamTarget ?? target) : target;
  await using turn = await TurnQuestions.open(over, credential, limits, deadline);
  const allocated = await turn.allocate({ family });
  if (allocated.outcome !== "success" || !allocated.relayed)
    throw noAllocation(family === "ipv6" ? "IPv6" : "IPv4", allocated.outcome, allocated.why);
  answers.relayed[family] = allocated.relayed;
  if (allocated.message) answers.mapped ??= attribute(allocated.message, "XOR-MAPPED-ADDRESS") ?? null;
  const channels = new Map(peers.map((peer, index) => [peer, FIRST_CHANNEL + index]));
  if (FIRST_CHANNEL + peers.length > LAST_CHANNEL) throw new RangeError("more addresses than channels");
  await eachOf(peers, AT_ONCE, async (peer) => {
    const startedAt = performance.now();
    const at: Attribute = { name: "XOR-PEER-ADDRESS", value: { address: peer.address, port } };
    peer.createPermission = (await turn.ask("CreatePermission", [at])).outcome;
    const channel: Attribute = { name: "CHANNEL-NUMBER", value: channels.get(peer) ?? FIRST_CHANNEL };
    peer.channelBind = (await turn.ask("ChannelBind", [channel, at])).outcome;
    peer.durationMs += performance.now() - startedAt;
  });
  const listened = peers.filter(({ address }) => listeners.includes(address));
  for (const peer of listened) peer.tokens = { ...peer.tokens, send: newToken(), channel: newToken() };
  for (let copy = 0; copy < TOKEN_COPIES; copy += 1) {
    for (const peer of listened) sendTokens(turn, peer, port, channels.get(peer) ?? FIRST_CHANNEL);
    if (listened.length > 0) await new Promise((resolve) => setTimeout(resolve, TOKEN_GAP_MS));
  }
}

/** By a Send indication, and over the channel; also where both were refused: nothing may come of it then. */
function sendTokens(turn: TurnQuestions, peer: PeerAnswer, port: number, channel: number): void {
  const { send = "", channel: overChannel = "" } = peer.tokens;
  const attributes: Attribute[] = [
    { name: "XOR-PEER-ADDRESS", value: { address: peer.address, port } },
    { name: "DATA", value: Buffer.from(send) },
  ];
  turn.stun.send(encode(indication("Send", attributes), { fingerprint: true }));
  turn.stun.send(encodeChannelData({ channel, data: Buffer.from(overChannel) }));
}

/** RFC 6062. All at once: one that dials holds up no other. */
async function askOverTcp(
  asking: AskPeers,
  target: ProbeTarget,
  family: AddressFamily,
  peers: readonly PeerAnswer[],
  deadline: AbortSignal,
): Promise<void> {
  const { credential, port, limits, listeners = [], dialMs = DIAL_MS } = asking;
  await using turn = await TurnQuestions.open(target, credential, limits, deadline);
  const allocated = await turn.allocate({ family, over: "tcp" });
  if (allocated.outcome !== "success") throw noAllocation("TCP", allocated.outcome, allocated.why);
  const dialled = await Promise.all(
    peers.map(async (peer) => {
      const at: Attribute = { name: "XOR-PEER-ADDRESS", value: { address: peer.address, port } };
      const answer = await turn.ask("Connect", [at], { timeoutMs: dialMs });
      peer.connect = answer.outcome;
      return { peer, connection: (answer.message && attribute(answer.message, "CONNECTION-ID")) ?? null };
    }),
  );
  for (const { peer, connection } of dialled) {
    if (connection === null || !listeners.includes(peer.address)) continue;
    await using half = await TurnQuestions.open(target, credential, limits, deadline);
    // coturn 4.6.1 closes a connection on which a ConnectionBind earns a 401.
    half.challenge = turn.challenge;
    const bound = await half.ask("ConnectionBind", [{ name: "CONNECTION-ID", value: connection }]);
    if (bound.outcome !== "success") continue;
    const connect = newToken();
    peer.tokens = { ...peer.tokens, connect };
    half.stun.send(Buffer.from(connect));
    await new Promise((resolve) => setTimeout(resolve, TOKEN_GAP_MS));
  }
}

const newToken = () => `turnlab-probe-${randomBytes(12).toString("hex")}`;

const noAllocation = (what: string, outcome: Outcome, why: string) =>
  new StunError("error_response", `no ${what} allocation: ${outcome} ${why}`.trimEnd());

async function whyNot(ask: () => Promise<void>): Promise<string> {
  try {
    await ask();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function orWhy(peers: readonly PeerAnswer[], ask: () => Promise<void>): Promise<void> {
  const why = await whyNot(ask);
  if (why !== "") for (const peer of peers) if (peer.channelBind === null) peer.why = why;
}

/** No more than so many at a time. */
async function eachOf<T>(items: readonly T[], atOnce: number, of: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await of(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
}
