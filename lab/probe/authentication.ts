import { createHmac, randomBytes } from "node:crypto";
import type { ProbeResult } from "../model/probe.ts";
import type { Attribute } from "../stun/attributes.ts";
import { PROTOCOL_UDP } from "../stun/constants.ts";
import { attribute } from "../stun/message.ts";
import { fillSheet, type Question, type Sheet } from "./question.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";
import { type Answer, TurnQuestions } from "./turn-questions.ts";

const ALLOCATE: Attribute[] = [{ name: "REQUESTED-TRANSPORT", value: PROTOCOL_UDP }];
/** An hour is more than clocks differ by. */
const EXPIRED_SINCE_S = 3_600;
const GROUP = { group: "authentication", severity: "error", affects: null } as const;
const AUTH_FIX = "use-auth-secret with static-auth-secret, or lt-cred-mech with user lines; and no no-auth";

export const AUTHENTICATION_QUESTIONS = {
  "allocate-without-credentials": {
    ...GROUP,
    id: "allocate-without-credentials",
    title: "An Allocate without credentials",
    expected: "401",
    reason: "An open relay: anybody sends through it, to anybody, in this server's name (RFC 8656 section 5).",
    fix: AUTH_FIX,
    option: "no-auth",
  },
  "allocate-wrong-password": {
    ...GROUP,
    id: "allocate-wrong-password",
    title: "An Allocate with a user's name and another password",
    expected: "401",
    reason: "Whoever knows or guesses a user name can relay.",
    fix: AUTH_FIX,
    option: "lt-cred-mech",
  },
  "allocate-unknown-user": {
    ...GROUP,
    id: "allocate-unknown-user",
    title: "An Allocate as a user that there is not",
    expected: "401",
    reason: "Whoever invents a user name can relay.",
    fix: AUTH_FIX,
    option: "lt-cred-mech",
  },
  "allocate-expired-user": {
    ...GROUP,
    id: "allocate-expired-user",
    title: "An Allocate with a time-limited credential that expired an hour ago",
    expected: "401",
    reason: "A credential that leaked once opens the relay for ever, or the server's clock is wrong.",
    fix: "keep the server's clock right (NTP)",
    option: "use-auth-secret",
  },
  "allocate-invented-nonce": {
    ...GROUP,
    id: "allocate-invented-nonce",
    title: "A signed Allocate with a nonce that the server never gave",
    expected: "438",
    reason: "A request that somebody recorded can be sent again (RFC 8489 section 9.2.4).",
    fix: null,
    option: "stale-nonce",
  },
  "allocate-wrong-realm": {
    ...GROUP,
    id: "allocate-wrong-realm",
    title: "A signed Allocate for another realm",
    expected: "437, 441 or 401",
    reason: "Users of another realm, and of another key, are let in.",
    fix: null,
    option: "realm",
  },
  "refresh-as-another-user": {
    ...GROUP,
    id: "refresh-as-another-user",
    title: "A Refresh of one user's allocation by another user",
    expected: "441",
    reason: "One user can end or keep another's allocation (RFC 8656 section 7.3).",
    fix: null,
    option: null,
  },
} as const satisfies Record<string, Question>;
type Id = keyof typeof AUTHENTICATION_QUESTIONS;

export type AuthenticationNeeds = {
  target: ProbeTarget;
  credential: ProbeCredential | null;
  /** Of time-limited credentials: lets an expired one be made. */
  secret?: string;
  limits: ProbeLimits;
};

/** Who may allocate, each asked over a 5-tuple of its own. */
export function askAuthentication({ target, credential, secret, limits }: AuthenticationNeeds): Promise<ProbeResult[]> {
  return fillSheet<Id>(AUTHENTICATION_QUESTIONS, target.url, limits, async (sheet) => {
    const open = (as: ProbeCredential | null) => TurnQuestions.open(target, as, limits, sheet.signal);
    const bare = await alone(await open(null), (turn) => turn.ask("Allocate", ALLOCATE));
    tellRefusal(sheet, "allocate-without-credentials", bare, [401]);
    if (bare.outcome !== 401) {
      const why = bare.outcome === "success" ? "it asks nobody for a credential" : `it answers ${bare.outcome} to all`;
      for (const id of Object.keys(AUTHENTICATION_QUESTIONS) as Id[]) if (!sheet.has(id)) sheet.skip(id, why);
      return;
    }
    const hasChallenge =
      bare.message !== null && attribute(bare.message, "REALM") !== undefined && attribute(bare.message, "NONCE");
    if (!hasChallenge) {
      sheet.tell("allocate-without-credentials", {
        observed: "401 without realm and nonce",
        verdict: "weak",
        why: "no client can answer it",
        durationMs: bare.durationMs,
      });
      return;
    }
    const allocateAs = async (as: ProbeCredential) => alone(await open(as), (turn) => turn.ask("Allocate", ALLOCATE));
    const stranger = { username: `stranger-${randomBytes(4).toString("hex")}`, password: random() };
    tellRefusal(sheet, "allocate-unknown-user", await allocateAs(stranger), [401]);
    if (secret === undefined) sheet.skip("allocate-expired-user", "no shared secret is known to make one with");
    else tellRefusal(sheet, "allocate-expired-user", await allocateAs(expired(secret)), [401]);
    if (!credential) {
      for (const id of Object.keys(AUTHENTICATION_QUESTIONS) as Id[])
        if (!sheet.has(id)) sheet.skip(id, "no credential that the server takes was given");
      return;
    }
    const wrong = { username: credential.username, password: random() };
    tellRefusal(sheet, "allocate-wrong-password", await allocateAs(wrong), [401]);
    // One each: what a server answers to the second Allocate on a 5-tuple says nothing of its realm.
    const impolite = {
      "allocate-invented-nonce": { nonce: random() },
      "allocate-wrong-realm": { realm: "not.its.realm" },
    };
    tellRefusal(
      sheet,
      "allocate-invented-nonce",
      await alone(await open(credential), (turn) =>
        turn.ask("Allocate", ALLOCATE, impolite["allocate-invented-nonce"]),
      ),
      [438],
    );
    tellRefusal(
      sheet,
      "allocate-wrong-realm",
      await alone(await open(credential), (turn) => turn.ask("Allocate", ALLOCATE, impolite["allocate-wrong-realm"])),
      [437, 441, 401],
    );
    await using turn = await open(credential);
    const mine = await turn.allocate();
    if (mine.outcome !== "success") {
      sheet.skip("refresh-as-another-user", `no allocation to ask on: ${mine.outcome} ${mine.why}`.trimEnd());
      return;
    }
    const answer = await turn.ask("Refresh", [{ name: "LIFETIME", value: 600 }], { credential: stranger });
    tellRefusal(sheet, "refresh-as-another-user", answer, [441, 401, 403, 437]);
  });
}

async function alone(turn: TurnQuestions, ask: (turn: TurnQuestions) => Promise<Answer>): Promise<Answer> {
  await using asked = turn;
  return await ask(asked);
}

/** A success is weak. Silence, or an error that says something else, tells nothing. */
function tellRefusal(sheet: Sheet<Id>, id: Id, answer: Answer, expected: readonly number[]): void {
  const { outcome, why, durationMs } = answer;
  const isExpected = typeof outcome === "number" && expected.includes(outcome);
  sheet.tell(id, {
    observed: String(outcome),
    verdict: isExpected ? "ok" : outcome === "success" ? "weak" : "unclear",
    ...(why === "" ? {} : { why }),
    durationMs,
  });
}

const random = () => randomBytes(12).toString("hex");

/** draft-uberti-behave-turn-rest-00 section 2.2. */
function expired(secret: string): ProbeCredential {
  const username = `${Math.floor(Date.now() / 1000) - EXPIRED_SINCE_S}:turnlab`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64") };
}
