/**
 * The parts of werift 0.25.2 that this room replaces or reads although werift calls them private.
 * A version bump starts here: every name below is checked by `ice-takeover.test.ts`.
 */
import type { Candidate, CandidatePair, Connection, Message, RTCPeerConnection, TurnProtocol } from "werift";

export type Address = readonly [string, number];
type LocalProtocol = CandidatePair["protocol"];
export type RequestOptions = Exclude<Parameters<LocalProtocol["request"]>[3], number | undefined>;

/** A STUN transaction in flight (ice/src/stun/transaction.ts). */
type IceTransaction = {
  readonly expectedAddr: Address;
  timeoutDelay: number;
  /** Ends the wait for a response: the request is sent again at once. */
  clearWait(): void;
  /** Ends the transaction as if it had timed out. */
  failWithTimeout(): void;
};

export type IceConnection = Pick<
  Connection,
  | "localUsername"
  | "localPassword"
  | "remoteUsername"
  | "remotePassword"
  | "setRemoteParams"
  | "checkList"
  | "generation"
  | "options"
  | "remoteCandidatesEnd"
  | "localCandidatesEnd"
  | "state"
  | "nominated"
  | "onData"
  | "stateChanged"
  | "onIceCandidate"
  | "iceControlling"
  | "stunServer"
  | "turnServer"
  | "gatherCandidates"
  | "connect"
  | "close"
  | "addRemoteCandidate"
  | "checkStart"
  | "checkIncoming"
  | "send"
> & {
  readonly remoteCandidates: Candidate[];
  protocols: LocalProtocol[];
  localCandidatesStart: boolean;
  nominating: boolean;
  earlyChecks: Parameters<Connection["checkIncoming"]>[];
  earlyChecksDone: boolean;
  appendLocalCandidate(candidate: Candidate): void;
  ensureProtocol(protocol: LocalProtocol): void;
  pairLocalProtocol(protocol: LocalProtocol): void;
  pairRemoteCandidate(candidate: Candidate): void;
  getCandidatePromises(): never;
  sortCheckList(): void;
  checkComplete(pair: CandidatePair): void;
  isTcpPair(pair: CandidatePair): boolean;
  checkRequestOptions(pair: CandidatePair): RequestOptions;
  nominateTcpPairIfReady(): void;
  nominateTcpPair(pair: CandidatePair): void;
  stopConsentLifecycle(): void;
  queryConsent(): void;
  consentFresh: boolean;
  setState(state: Connection["state"]): void;
  buildRequest(request: {
    nominate: boolean;
    localUsername: string;
    remoteUsername: string;
    iceControlling: boolean;
    localCandidate: Candidate;
  }): Message;
};

/** The only ICE connection of a peer connection that has one data channel. */
export function iceConnectionOf(pc: RTCPeerConnection): IceConnection {
  const [transport] = pc.iceTransports;
  if (!transport) throw new Error("the peer connection has no ICE transport: create the data channel first");
  return transport.connection as unknown as IceConnection;
}

/** Of a TURN client: when it binds a channel anew, in seconds, and the loop that refreshes its allocation. */
export function refreshesOf(turn: TurnProtocol): { channelRefreshTime: number; refresh(lifetimeS: number): void } {
  return turn as unknown as { channelRefreshTime: number; refresh(lifetimeS: number): void };
}

type WithTransactions = { transactions?: Record<string, IceTransaction>; turn?: WithTransactions };

/** Transactions in flight; those over a relay are kept by its TURN client. */
export function transactionsOf(protocol: object): IceTransaction[] {
  const holder = protocol as WithTransactions;
  return Object.values(holder.turn?.transactions ?? holder.transactions ?? {});
}

/** CandidatePairState is an enum of numbers; named here because werift exports it as a value only in its bundle. */
export const PAIR_STATE = { frozen: 0, waiting: 1, inProgress: 2, succeeded: 3, failed: 4 } as const;
