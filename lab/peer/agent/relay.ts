import { isIPv6 } from "node:net";
import { classes, Message, methods, parseMessage, StunOverTurnProtocol, TurnProtocol, UdpTransport } from "werift";
import type { TurnUrl } from "../../model/ice-url.ts";
import type { Failure } from "../protocol.ts";
import { applyHabits, type ClientHabits, leavePort, takeLeftPort } from "./client-flaws.ts";
import { type NextHop, StreamTransport } from "./stream-transport.ts";
import { describeIceServerError, type Phase, stunErrorCode } from "./turn-error.ts";
import { type Address, type RequestOptions, transactionsOf } from "./werift-internals.ts";

/** RFC 8656 section 3.2: the default lifetime, refreshed by werift at five sixths of it. */
const ALLOCATION_LIFETIME_S = 600;
/**
 * First retransmission over UDP, doubled each time, as libwebrtc (STUN_INITIAL_RTO). werift's 50 ms would send
 * every request twice on a path of 50 ms.
 */
export const REQUEST_RTO_MS = 250;
export const REQUEST_RETRANSMISSIONS = 5;
/** How long closing waits for the server to confirm Refresh with lifetime 0. */
const RELEASE_TIMEOUT_MS = 500;

/**
 * RFC 8656 section 7.4: on 437 try again from another port. A server keeps a released allocation for a moment
 * (coturn: 1 s), and under load the system hands its client port out again. libwebrtc retries as often.
 */
const MAX_MISMATCH_RETRIES = 2;

export type Permissions = {
  granted: number;
  refused: Failure[];
  /** `peer`: `ADDRESS:PORT` that permission was asked for. */
  onRefused?: (peer: string, failure: Failure) => void;
};

/** One TURN allocation. */
export type Relay = {
  protocol: StunOverTurnProtocol;
  relayedAddress: Address;
  mappedAddress: Address;
  /** Calls back when the connection to the server is cut, by whomever but this end; over UDP never. */
  onCut(listener: () => void): void;
  /** Gives the allocation back (Refresh, lifetime 0), best effort, and closes the socket. */
  release(): Promise<void>;
};

type AllocateArgs = [
  url: TurnUrl,
  hop: NextHop,
  credential: { username: string; password: string },
  permissions: Permissions,
  signal: AbortSignal,
  onPhase: (phase: Phase) => void,
  habits?: ClientHabits,
];

/**
 * Allocates a relayed address over exactly the URL's transport. Rejects with the server's answer, Node's error or
 * the signal's reason.
 */
export async function allocate(...args: AllocateArgs): Promise<Relay> {
  const [url, hop, credential, permissions, signal, onPhase, habits] = args;
  const reusesPort = habits?.flaws?.includes("reuses-port") === true && url.transport === "udp";
  if (reusesPort) {
    // The call before the first one: of an application that crashed, say.
    const before = { ...habits, isBefore: true };
    await (await allocateOnce(url, hop, credential, permissions, signal, onPhase, before)).release();
  }
  for (let retries = 0; ; retries++) {
    try {
      return await allocateOnce(...args);
    } catch (error) {
      // Who takes the ports of the call before does not let go of them here either.
      if (reusesPort) throw error;
      if (stunErrorCode(error)?.[0] !== 437 || retries >= MAX_MISMATCH_RETRIES) throw error;
    }
  }
}

async function allocateOnce(
  ...[url, hop, credential, permissions, signal, onPhase, habits = {}]: AllocateArgs
): Promise<Relay> {
  const reusesPort = url.transport === "udp" && habits.flaws?.includes("reuses-port") === true;
  const transport =
    url.transport === "udp"
      ? await openUdp(hop.address, reusesPort && !habits.isBefore)
      : await StreamTransport.open(url.transport, hop, url, signal, onPhase);
  onPhase("request");
  const turn = new TurnProtocol(
    hop.address,
    credential.username,
    credential.password,
    ALLOCATION_LIFETIME_S,
    transport,
  );
  applyHabits(turn, habits, () => isSigned(turn));
  useRequestTimes(turn, url.transport !== "udp");
  acceptUnsignedErrors(turn);
  recordPermissions(turn, permissions);
  let giveUp: NodeJS.Timeout | null = null;
  const onAbort = () => {
    // Asked with the credential, the server may have allocated: whoever leaves now would leave that behind.
    if (isSigned(turn)) giveUp = setTimeout(() => endTransactions(turn), RELEASE_TIMEOUT_MS);
    else endTransactions(turn);
  };
  // A cut connection answers nothing any more: no need to wait for it.
  const stream = transport instanceof StreamTransport ? transport : null;
  if (stream) stream.onClosed = () => endTransactions(turn);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await turn.connectionMade();
    // Aborted between two requests: the allocation exists, but nobody waits for it any more.
    if (signal.aborted) await release(turn);
    signal.throwIfAborted();
  } catch (error) {
    await turn.close();
    throw signal.aborted ? signal.reason : (stream?.closedBy ?? error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (giveUp) clearTimeout(giveUp);
  }
  return {
    protocol: new StunOverTurnProtocol(turn),
    relayedAddress: turn.relayedAddress,
    mappedAddress: turn.mappedAddress,
    onCut: (listener) => {
      if (!stream) return;
      if (stream.closedBy) return queueMicrotask(listener);
      stream.onClosed = () => {
        endTransactions(turn);
        if (stream.closedBy) listener();
      };
    },
    release: () => (reusesPort && transport instanceof UdpTransport ? leave(turn, transport) : release(turn)),
  };
}

async function openUdp([server, port]: Address, reusesPort: boolean): Promise<UdpTransport> {
  const type = isIPv6(server) ? "udp6" : "udp4";
  const left = reusesPort ? await takeLeftPort(`${server} ${port}`, type) : null;
  const transport = await UdpTransport.init(type, left === null ? {} : { port: left });
  transport.socket.on("error", () => {});
  return transport;
}

/** RFC 8489 section 6.2.2: no retransmissions over a reliable transport; the caller's signal bounds the wait. */
function useRequestTimes(turn: TurnProtocol, isStream: boolean): void {
  const request = turn.request.bind(turn);
  const times: RequestOptions = isStream
    ? { retransmissions: 0, responseTimeout: 10_000 }
    : { retransmissions: REQUEST_RETRANSMISSIONS, responseTimeout: REQUEST_RTO_MS };
  turn.request = (message, address, integrityKey, options) => {
    removeSignature(message);
    return request(message, address, integrityKey, { ...times, ...(typeof options === "object" ? options : {}) });
  };
}

/**
 * werift signs what it sends again after 438 together with its first signature, which no server accepts: a nonce that went stale
 * once would end the allocation.
 */
function removeSignature(message: Message): void {
  const attributes = message.getAttributes();
  const rest = attributes.filter(([name]) => name !== "MESSAGE-INTEGRITY" && name !== "FINGERPRINT");
  attributes.splice(0, attributes.length, ...rest);
}

/**
 * RFC 8489 section 9.2.4: a server answers wrong credentials (401) and an old nonce (438) without
 * MESSAGE-INTEGRITY. werift ignores such answers, so that a wrong password looks like silence.
 */
function acceptUnsignedErrors(turn: TurnProtocol): void {
  const receiver = turn as unknown as { handleSTUNMessage(data: Buffer, from: Address): void };
  const handle = receiver.handleSTUNMessage.bind(turn);
  receiver.handleSTUNMessage = (data, from) => {
    const message = parseMessage(data);
    if (message?.messageClass === classes.ERROR && !message.attributesKeys.includes("MESSAGE-INTEGRITY")) {
      const transaction = turn.transactions[message.transactionIdHex];
      if (transaction) (transaction as { integrityKey?: Buffer }).integrityKey = undefined;
    }
    handle(data, from);
  };
}

/** A server may refuse every peer address (its ACL), and ICE then only sees silence: keep what it said. */
function recordPermissions(turn: TurnProtocol, permissions: Permissions): void {
  const request = turn.requestWithRetry.bind(turn);
  turn.requestWithRetry = async (message, address, signal) => {
    const isPermission =
      message.messageMethod === methods.CREATE_PERMISSION || message.messageMethod === methods.CHANNEL_BIND;
    if (!isPermission) return request(message, address, signal);
    try {
      const answer = await request(message, address, signal);
      permissions.granted++;
      return answer;
    } catch (error) {
      if (stunErrorCode(error)) {
        const failure = describeIceServerError(error, "request");
        const [host = "", port = 0] = (message.getAttributeValue("XOR-PEER-ADDRESS") as Address | undefined) ?? [];
        permissions.refused.push(failure);
        permissions.onRefused?.(`${isIPv6(host) ? `[${host}]` : host}:${port}`, failure);
      }
      throw error;
    }
  };
}

async function release(turn: TurnProtocol): Promise<void> {
  try {
    if (!turn.transport.closed) {
      const request = new Message(methods.REFRESH, classes.REQUEST).setAttribute("LIFETIME", 0);
      await turn.requestWithRetry(request, turn.server, AbortSignal.timeout(RELEASE_TIMEOUT_MS));
    }
  } catch {
    // Best effort: a server that is gone needs no release, and one that does not answer lets it expire.
  } finally {
    endTransactions(turn);
    await turn.close();
  }
}

/** Closes the socket, and leaves the allocation and the port to whoever comes next. */
async function leave(turn: TurnProtocol, transport: UdpTransport): Promise<void> {
  const { port } = transport;
  const [host, serverPort] = turn.server;
  endTransactions(turn);
  await turn.close();
  leavePort(`${host} ${serverPort}`, port);
}

/** Whether the server has answered the first request, so that the next carries the credential (RFC 8489 section 9.2.5). */
function isSigned(turn: TurnProtocol): boolean {
  return (turn as unknown as { integrityKey?: Buffer }).integrityKey !== undefined;
}

function endTransactions(turn: TurnProtocol): void {
  for (const transaction of transactionsOf(turn)) transaction.failWithTimeout();
}
