import type { AgentMessage, HostMessage } from "../protocol.ts";
import { type MakeEndpoint, PeerSession } from "./peer-session.ts";

/** What the harness says once sessions can be joined. */
export type SessionCommand = Exclude<HostMessage, { type: "hello" }>;

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
      case "join": {
        if (joined) throw new Error(`session ${session} is joined already`);
        const send = this.#send;
        const peer = new PeerSession(
          message,
          {
            signal: (data) => send({ type: "signal", session, data }),
            wantsRestart: () => send({ type: "wants-restart", session }),
            stats: (moment, stats) => send({ type: "stats", session, moment, stats }),
            ended: (ended) => {
              this.#sessions.delete(session);
              send(ended);
            },
          },
          this.#makeEndpoint,
          receivedAtMs - (message.waitedMs ?? 0),
        );
        this.#sessions.set(session, peer);
        return peer.start();
      }
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
}
