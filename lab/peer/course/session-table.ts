import { endedWith } from "../ended-with.ts";
import type { AgentMessage, HostMessage, Join } from "../protocol.ts";
import { type MakeEndpoint, PeerSession, type SessionPort } from "./peer-session.ts";

/** What the harness says once sessions can be joined. */
export type SessionCommand = Exclude<HostMessage, { type: "hello" | "dump" }>;

/** All sessions of one peer, by number: hands each what the harness says to it, and the harness what it says. */
export class SessionTable {
  readonly #sessions = new Map<number, PeerSession>();
  readonly #send: (message: AgentMessage) => void;
  readonly #makeEndpoint: MakeEndpoint;

  constructor(send: (message: AgentMessage) => void, makeEndpoint: MakeEndpoint) {
    this.#send = send;
    this.#makeEndpoint = makeEndpoint;
  }

  /** `receivedAtMs`: when the message arrived, before those that came with it. @throws Error for a session joined twice */
  receive(message: SessionCommand, receivedAtMs: number): void {
    const { session } = message;
    // A session that ended a moment ago may still be spoken to.
    const joined = this.#sessions.get(session);
    switch (message.type) {
      case "join":
        if (joined) throw new Error(`session ${session} is joined already`);
        return this.#join(message, receivedAtMs);
      case "signal":
        return joined?.signal(message.data);
      case "configure":
        return joined?.configure(message.iceServers);
      case "restart":
        return joined?.restart(message.iceServers, message.isAsked);
      case "leave":
        void joined?.leave();
    }
  }
  #join(join: Join, receivedAtMs: number): void {
    const { session } = join;
    const send = this.#send;
    const port: SessionPort = {
      signal: (data) => send({ type: "signal", session, data }),
      wantsRestart: () => send({ type: "wants-restart", session }),
      stats: (moment, stats) => send({ type: "stats", session, moment, stats }),
      ended: (ended) => {
        this.#sessions.delete(session);
        send(ended);
      },
    };
    try {
      const peer = new PeerSession(join, port, this.#makeEndpoint, receivedAtMs - (join.waitedMs ?? 0));
      this.#sessions.set(session, peer);
      peer.start();
    } catch (error) {
      // A browser takes a list of ICE servers as a whole or not at all, and says so before anything else can happen.
      send(endedWith(session, { code: "configuration_rejected", message: String(error) }));
    }
  }
}
