import type { CredentialFlaw, TurnServerSpec } from "../../lab/index.ts";
import { type Calls, callsOver } from "./_calls.ts";

/** A server with a user of its own, and one that takes time-limited credentials of this secret. */
export const fixed: TurnServerSpec = {};
export const minted: TurnServerSpec = { secrets: ["a-shared-secret"] };

/** Both peers present a credential with this wrong in it. */
export const callsWith = (turn: TurnServerSpec, credential?: CredentialFlaw): Calls =>
  callsOver(turn, { list: [{ server: "turn", urls: ["stun", "udp"], ...(credential && { credential }) }] });

/** A user as an application's own list has her, and a server that knows her. */
export const alice = { username: "alice", credential: "a-password" };
export const aliceKnown: TurnServerSpec = { options: { user: `${alice.username}:${alice.credential}` } };
