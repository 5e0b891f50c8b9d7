import dgram from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { CandidatePairState, classes, Message, methods, RTCPeerConnection, StunProtocol } from "werift";
import { allocate } from "./relay.ts";
import { startTestTurnServer } from "./test-turn-server.ts";
import { createUnreliableChannel } from "./unreliable-channel.ts";
import { type IceConnection, iceConnectionOf, PAIR_STATE, transactionsOf } from "./werift-internals.ts";

const METHODS = [
  "gatherCandidates",
  "connect",
  "close",
  "addRemoteCandidate",
  "checkStart",
  "checkIncoming",
  "send",
  "appendLocalCandidate",
  "ensureProtocol",
  "pairLocalProtocol",
  "pairRemoteCandidate",
  "getCandidatePromises",
  "sortCheckList",
  "checkComplete",
  "isTcpPair",
  "checkRequestOptions",
  "nominateTcpPairIfReady",
  "nominateTcpPair",
  "stopConsentLifecycle",
  "queryConsent",
  "setState",
  "setRemoteParams",
  "buildRequest",
] as const satisfies (keyof IceConnection)[];

const FIELDS = [
  "state",
  "onData",
  "stateChanged",
  "onIceCandidate",
  "iceControlling",
  "stunServer",
  "turnServer",
  "localUsername",
  "localPassword",
  "remoteUsername",
  "remotePassword",
  "checkList",
  "generation",
  "options",
  "remoteCandidates",
  "remoteCandidatesEnd",
  "localCandidatesEnd",
  "protocols",
  "localCandidatesStart",
  "nominating",
  "nominated",
  "consentFresh",
  "earlyChecks",
  "earlyChecksDone",
  "consentFresh",
] as const satisfies (keyof IceConnection)[];

/** Fails the type check when a name of IceConnection is in neither list. */
type Unlisted = Exclude<keyof IceConnection, (typeof METHODS)[number] | (typeof FIELDS)[number]>;
const ALL_ARE_LISTED: [Unlisted] extends [never] ? true : Unlisted = true;

function openConnection(): IceConnection {
  const pc = new RTCPeerConnection({ iceServers: [], iceUseIpv6: false });
  onTestFinished(() => pc.close());
  createUnreliableChannel(pc);
  return iceConnectionOf(pc);
}

describe("the parts of werift that are replaced", () => {
  it("exist under the names that this room uses", () => {
    expect(ALL_ARE_LISTED).toBe(true);
    const connection = openConnection();
    expect(METHODS.filter((name) => typeof connection[name] !== "function")).toEqual([]);
    expect(FIELDS.filter((name) => !(name in connection))).toEqual([]);
    // The reason for the takeover: without a STUN server, werift would ask one on the internet.
    expect(connection.stunServer).toEqual(["stun.l.google.com", 19302]);
  });

  it("behave as this room reads them on a fresh connection", () => {
    const connection = openConnection();
    expect(connection).toMatchObject({ state: "new", checkList: [], remoteCandidates: [], nominating: false });
    expect(typeof connection.iceControlling).toBe("boolean");
    for (const event of [connection.onData, connection.stateChanged, connection.onIceCandidate]) {
      expect([typeof event.subscribe, typeof event.execute]).toEqual(["function", "function"]);
    }
  });

  it("number the states of a pair as this room does", () => {
    const { FROZEN, WAITING, IN_PROGRESS, SUCCEEDED, FAILED } = CandidatePairState;
    expect(PAIR_STATE).toEqual({
      frozen: FROZEN,
      waiting: WAITING,
      inProgress: IN_PROGRESS,
      succeeded: SUCCEEDED,
      failed: FAILED,
    });
  });

  it("keep transactions in flight, which can be hurried and ended", async () => {
    const silent = dgram.createSocket("udp4").bind(0, "127.0.0.1");
    const protocol = new StunProtocol();
    onTestFinished(async () => {
      await protocol.close();
      silent.close();
    });
    await once(silent, "listening");
    await protocol.connectionMade(true, undefined, { udp4: "127.0.0.1" });
    const address = ["127.0.0.1", silent.address().port] as const;
    const sends: number[] = [];
    const pending = protocol.request(new Message(methods.BINDING, classes.REQUEST), address, undefined, {
      retransmissions: 5,
      responseTimeout: 60_000,
      onRequestSent: (attempt) => void sends.push(attempt),
    });
    pending.catch(() => {});
    await expect.poll(() => transactionsOf(protocol)).toHaveLength(1);
    const [transaction] = transactionsOf(protocol);
    if (!transaction) throw new Error("no transaction");
    expect(transaction.expectedAddr).toEqual(address);
    expect(transaction.timeoutDelay).toBe(60_000);
    // Without this the second send would be a minute away.
    transaction.clearWait();
    await expect.poll(() => sends).toEqual([0, 1]);
    transaction.failWithTimeout();
    await expect(pending).rejects.toThrow();
    expect(transactionsOf(protocol)).toEqual([]);
  });

  it("keep the transactions of a relay at its TURN client", async () => {
    await using server = await startTestTurnServer("ok");
    const url = { kind: "turn", transport: "udp", host: "127.0.0.1", port: server.port } as const;
    const credential = { username: "user", password: "secret" };
    const { signal } = new AbortController();
    const permissions = { granted: 0, refused: [] };
    const relay = await allocate(
      url,
      { address: ["127.0.0.1", server.port], isProxy: false },
      credential,
      permissions,
      signal,
      () => {},
    );
    const { turn } = relay.protocol as unknown as { turn: { transactions?: object } };
    expect(turn.transactions).toEqual({});
    await relay.release();
  });
});
