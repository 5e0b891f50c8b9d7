import type { FailureCode } from "../../model/failure.ts";
import { ROLES } from "../../model/scenario.ts";
import type { CredentialFlaw } from "../../model/topology.ts";
import type { Cause } from "../cause.ts";
import { assumed, type Draft, peersChanged, redraft, TURN, withPeers, withServer } from "../draft.ts";
import { needsRelay } from "../needs-relay.ts";
import { withTurn } from "./reach.ts";

/** The server does not take what it is presented. */
export const AUTHENTICATION = {
  turn_unauthorized: flawed("wrong-password", "the evidence does not say what is wrong with the credential"),
  turn_unknown_user: flawed("unknown-user"),
  turn_wrong_password: flawed("wrong-password"),
  turn_credential_expired: flawed("expired"),
  turn_credential_milliseconds: flawed("milliseconds"),
  turn_wrong_secret: flawed("wrong-secret"),
  turn_wrong_hash: flawed("sha256"),
  turn_credential_mode: {
    build: (draft, { ends }) => {
      const isMinted = ROLES.some((role) =>
        ends[role].seen.iceServers?.some(({ usernameExpiry }) => usernameExpiry !== null),
      );
      return presenting(draft, isMinted ? "time-limited" : "fixed-user");
    },
    repairs: ["right-credential"],
  },
  turn_wrong_realm: {
    build: (draft) =>
      withServer(
        needsRelay(withTurn(draft)),
        { realm: "turn.example.org", keyRealm: "example.org" },
        assumed(`topology.turnServers.${TURN}.keyRealm`, "a stored key of another realm"),
      ),
    repairs: ["right-realm"],
  },
  turn_nonce_not_followed: {
    build: (draft) =>
      redraft(
        withServer(
          withPeers(needsRelay(withTurn(draft)), ROLES, { flaws: ["ignores-stale-nonce"] }),
          { options: { "stale-nonce": 1 } },
          assumed(`topology.turnServers.${TURN}.options`, "a nonce that goes stale before the far candidates come"),
        ),
        { signalling: { delayMs: 3_000 } },
        assumed("signalling", "slow enough for that"),
      ),
    repairs: ["mend-client"],
  },
} as const satisfies Partial<Record<FailureCode, Cause>>;

/** Flaws of a server that mints; the others are of one that has users. */
const OF_MINTED: readonly CredentialFlaw[] = ["expired", "milliseconds", "wrong-secret", "sha256", "hex", "fixed-user"];

function flawed(flaw: CredentialFlaw, why?: string): Cause {
  return { build: (draft) => presenting(draft, flaw, why), repairs: ["right-credential"] };
}

function presenting(draft: Draft, credential: CredentialFlaw, why?: string): Draft {
  const { scenario, notes } = needsRelay(withTurn(draft));
  const peers = peersChanged(scenario, ROLES, ({ iceServers }) => ({
    iceServers: iceServers.map((ref) => (typeof ref === "object" && "server" in ref ? { ...ref, credential } : ref)),
  }));
  const told = why ? ROLES.map((role) => assumed(`peers.${role}.iceServers`, why)) : [];
  const flawed = redraft({ scenario, notes }, { peers }, ...told);
  return OF_MINTED.includes(credential)
    ? withServer(
        flawed,
        { secrets: ["a-shared-secret"] },
        assumed(`topology.turnServers.${TURN}.secrets`, "any: it never leaves the lab"),
      )
    : flawed;
}
