import { candidateOf, decode, descriptionOf, encode, type Message, type PeerName } from "./signalling-messages.ts";

/** As much of a WebSocket as k6's and everybody else's have alike. */
export type Socket = {
  send(text: string): void;
  close(): void;
  addEventListener(event: "open" | "message" | "error" | "close", listener: (event?: unknown) => void): void;
};

export type World = {
  open: () => Socket;
  /** Milliseconds. */
  now: () => number;
  after: (ms: number, task: () => void) => () => void;
};

export type ExchangeSpec = { room: string; candidates: number; timeoutMs: number };

/** Times in ms; null: it did not come to that. */
export type Exchange = {
  /** From opening both connections until the server has both in the room. */
  joinTime: number | null;
  /** From the offer until the offerer has the answer: four ways through the server. */
  answerTime: number | null;
  /** Of each candidate that came through, one way through the server. */
  candidateTimes: number[];
  candidatesSent: number;
  fault: "connection_failed" | "closed" | "timeout" | null;
};

const FAR: Record<PeerName, PeerName> = { offerer: "answerer", answerer: "offerer" };

/**
 * What the signalling of one call carries: both ends join, an offer, an answer, and each end's candidates, one after the other.
 * Both ends are here, so that every way is measured by one clock. Nothing of k6 is in here. Never rejects.
 */
export function exchange(
  { open, now, after }: World,
  { room, candidates, timeoutMs }: ExchangeSpec,
): Promise<Exchange> {
  const result: Exchange = { joinTime: null, answerTime: null, candidateTimes: [], candidatesSent: 0, fault: null };
  const startedAt = now();
  const sentAt = new Map<string, number>();
  const joined = new Set<PeerName>();
  const sockets = {} as Record<PeerName, Socket>;
  let [offeredAt, hasAnswered] = [0, false];

  return new Promise((resolve) => {
    let isOver = false;
    const end = (fault: Exchange["fault"]) => {
      if (isOver) return;
      isOver = true;
      stop();
      for (const [from, socket] of Object.entries(sockets) as [PeerName, Socket][]) {
        if (fault === null) socket.send(encode({ type: "leave", room, from }));
        socket.close();
      }
      resolve({ ...result, fault });
    };
    const stop = after(timeoutMs, () => end("timeout"));
    const say = (from: PeerName, message: Message) => sockets[from].send(encode(message));
    const trickle = (from: PeerName) => {
      for (let n = 0; n < candidates; n += 1) {
        sentAt.set(`${from} ${n}`, now());
        result.candidatesSent += 1;
        say(from, { type: "candidate", room, from, candidate: candidateOf(n), sdpMid: "0", n });
      }
    };
    const isDone = () => result.answerTime !== null && result.candidateTimes.length === 2 * candidates;

    const hear = (self: PeerName, message: Message) => {
      if (message.room !== room || isOver) return;
      if (message.type === "joined") {
        joined.add(self);
        if (joined.size < 2 || result.joinTime !== null) return;
        result.joinTime = now() - startedAt;
        offeredAt = now();
        say("offerer", { type: "offer", room, from: "offerer", sdp: descriptionOf(room, "offerer") });
        return trickle("offerer");
      }
      // A server that tells one's own words to oneself has told nobody anything yet.
      if (message.type === "join" || message.from !== FAR[self]) return;
      if (message.type === "offer" && self === "answerer" && !hasAnswered) {
        hasAnswered = true;
        say("answerer", { type: "answer", room, from: "answerer", sdp: descriptionOf(room, "answerer") });
        trickle("answerer");
      }
      if (message.type === "answer" && self === "offerer") result.answerTime ??= now() - offeredAt;
      if (message.type === "candidate") {
        const at = sentAt.get(`${message.from} ${message.n}`);
        // Once each: one that comes twice is no other's.
        if (at !== undefined && sentAt.delete(`${message.from} ${message.n}`)) result.candidateTimes.push(now() - at);
      }
      if (isDone()) end(null);
    };

    for (const self of ["offerer", "answerer"] as const) {
      const socket = open();
      sockets[self] = socket;
      socket.addEventListener("open", () => say(self, { type: "join", room, from: self }));
      socket.addEventListener("message", (event) => {
        const message = decode(textOf(event));
        if (message) hear(self, message);
      });
      socket.addEventListener("error", () => end("connection_failed"));
      socket.addEventListener("close", () => end("closed"));
    }
  });
}

function textOf(event: unknown): string {
  const data = typeof event === "object" && event !== null && "data" in event ? event.data : undefined;
  return typeof data === "string" ? data : "";
}
