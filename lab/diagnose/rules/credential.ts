import { CREDENTIAL_VARIANTS } from "../../model/credential-retry.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EndEvidence } from "../../model/evidence.ts";
import type { ServerAnswer } from "../answers.ts";
import { type Facts, serverAt, telling } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";
import { hostOf } from "../host-of.ts";

/** Above it a number of seconds since 1970 is in the year 5138: it is milliseconds. */
const MILLISECONDS_FROM = 1e11;
/** The summer of 2014: no credential of today ended before. */
const FIRST_EXPIRY = 1.4e9;
const SECRET_OR_HASH = [
  "Whether the secret or the way of hashing differs: compute the password with the server's secret and compare.",
];
/** A clock that is so much off is skewed rather than a credential old. */
const SKEW_S = 60;

const REALM = /realm/i;

/** What is wrong with a credential: the server's own word, the retries with one thing changed, the name's expiry. */
export const credential: Rule = (facts) => {
  const refused = telling(facts).filter(({ outcome }) => outcome === 401 || outcome === 441 || outcome === 437);
  const ofRealm = refused.find(({ text, outcome }) => outcome !== 401 && REALM.test(text));
  if (ofRealm)
    return [
      finding("turn_wrong_realm", "certain", `${ofRealm.server} says that the realm is not its own.`, [
        reason(`${ofRealm.outcome} ${ofRealm.text}`, ofRealm.at),
      ]),
    ];
  const unauthorized = refused.filter(({ outcome }) => outcome === 401);
  if (unauthorized.length === 0) return [];
  const because = unauthorized.map(({ server, method, text, at }) =>
    reason(`${server}: 401 to ${method} (${text || "Unauthorized"})`, at),
  );
  const byRetry = unauthorized.flatMap((answer) => fromRetries(facts, answer));
  if (byRetry.length > 0) return byRetry.map((one) => ({ ...one, because: [...because, ...one.because] }));
  const names = new Set(unauthorized.flatMap(({ username }) => username ?? []));
  const logged = unauthorized.map(({ text }) => text).join("\n");
  const found = [...names].flatMap((name) => fromName(facts, name, logged));
  const byExpiry = found.length > 0 ? found : facts.ends.flatMap((end) => fromExpiry(facts, end, unauthorized));
  const unknown = [
    "Which of user, password, secret, realm and clock is wrong: the server's log names the user it was given.",
  ];
  const plain = finding(
    "turn_unauthorized",
    "likely",
    `${unauthorized[0]?.server} refuses the credential (401).`,
    because,
    unknown,
  );
  // A server's log, or a capture, may hold another client's refusals as well.
  const isOfOthers = facts.ends.length > 0 && facts.lab === null && unauthorized.every(({ end }) => end === null);
  const sure = byExpiry.map((one) => ({
    ...one,
    confidence: isOfOthers && one.confidence === "certain" ? ("likely" as const) : one.confidence,
    because: [...because, ...one.because],
  }));
  return [...sure, plain];
};

/** The lab asked the same server again, with one thing changed each time: what the server then takes was what was wrong. */
function fromRetries(facts: Facts, answer: ServerAnswer): Diagnosis[] {
  const server = serverAt(facts, hostOf(answer.server));
  const tried = (facts.lab?.retries ?? []).filter((retry) => retry.server === server?.name);
  return tried.flatMap(({ variant, outcome }): Diagnosis[] => {
    const { changed, means } = CREDENTIAL_VARIANTS[variant];
    if (outcome !== "success" || means === null) return [];
    const text = `asked again with one thing changed (${changed}), ${answer.server} gave a relayed address`;
    return [finding(means, "certain", `${answer.server} refused the credential (401); ${text}.`, [reason(text)])];
  });
}

/** By the user name that the server was given, and its log's words for it (coturn: check_stun_auth). */
function fromName(facts: Facts, name: string, logged: string): Diagnosis[] {
  const expiry = expiryIn(name);
  // Who knows the user has no time-limited credentials of it.
  if (expiry !== null && !/credentials are incorrect/i.test(logged)) return ofExpiry(facts, expiry, name);
  const minted = facts.servers.some(({ sessions }) =>
    sessions.some(
      ({ user, answers }) => expiryIn(user) !== null && answers.some(({ errorNumber }) => errorNumber === 0),
    ),
  );
  if (/credentials are incorrect/i.test(logged))
    return [
      finding(
        "turn_wrong_password",
        "likely",
        `The server knows user ${name}, and not this password.`,
        [],
        ["Whether the stored key was made for another realm."],
      ),
    ];
  if (!/cannot find credentials/i.test(logged)) return [];
  if (minted)
    return [
      finding(
        "turn_credential_mode",
        "likely",
        `User ${name} is a fixed one, and the server takes time-limited credentials.`,
        [reason("other users of this log have an expiry in their name")],
      ),
    ];
  return [
    finding(
      "turn_unknown_user",
      "possible",
      `The server knows no user ${name}.`,
      [],
      ["Whether it takes time-limited credentials only (use-auth-secret): its configuration tells."],
    ),
  ];
}

/** Of the entries of its list that were refused; which those were is not always told. */
function fromExpiry(facts: Facts, end: EndEvidence, refused: readonly ServerAnswer[]): Diagnosis[] {
  const own = refused.filter((answer) => answer.end === end);
  const expiries = (end.iceServers ?? []).flatMap(({ urls, usernameExpiry, at }) => {
    const isRefused = own.some(({ server }) => urls.some((url) => hostOf(url) === hostOf(server)));
    return usernameExpiry === null || !isRefused ? [] : [{ usernameExpiry, at }];
  });
  return expiries.flatMap(({ usernameExpiry, at }) =>
    ofExpiry(facts, usernameExpiry, String(usernameExpiry), end.startedAt).map((one) => ({
      ...one,
      because: [...one.because, reason(`the list's user name holds ${usernameExpiry}`, at)],
    })),
  );
}

function ofExpiry(facts: Facts, expiry: number, name: string, startedAt?: number | null): Diagnosis[] {
  if (expiry > MILLISECONDS_FROM)
    return [
      finding("turn_credential_milliseconds", "likely", `The expiry in the user name ${name} is in milliseconds.`, []),
    ];
  const at =
    startedAt ??
    facts.ends.find((end) => end.startedAt !== null)?.startedAt ??
    facts.packets.find((one) => one.startedAt)?.startedAt ??
    loggedAtOf(facts);
  if (at === null)
    return [
      finding(
        "turn_credential_expired",
        "possible",
        `The credential ended at ${iso(expiry)}.`,
        [],
        ["When the call was made: only then it tells whether the credential had expired."],
      ),
      finding("turn_wrong_secret", "possible", "It may have been made with another secret.", [], SECRET_OR_HASH),
      finding("turn_wrong_hash", "possible", "It may have been hashed another way.", [], SECRET_OR_HASH),
    ];
  const lateS = at / 1000 - expiry;
  if (lateS > 0)
    return [
      finding(
        "turn_credential_expired",
        lateS > SKEW_S ? "certain" : "likely",
        `The credential had expired ${Math.round(lateS)} s before the call (${iso(expiry)}).`,
        [],
      ),
    ];
  const unknown = SECRET_OR_HASH;
  return [
    finding(
      "turn_wrong_secret",
      "possible",
      `The credential is valid until ${iso(expiry)}, and refused: it was made with another secret.`,
      [],
      unknown,
    ),
    finding(
      "turn_wrong_hash",
      "possible",
      `The credential is valid until ${iso(expiry)}, and refused: it was hashed another way.`,
      [],
      unknown,
    ),
  ];
}

/** When a server's log has the refusal, Unix ms; null of logs without a clock (coturn before 4.17). */
function loggedAtOf({ servers }: Facts): number | null {
  const answers = servers.flatMap(({ sessions }) => sessions.flatMap((session) => session.answers));
  return answers.find(({ errorNumber, loggedAt }) => errorNumber === 401 && loggedAt !== undefined)?.loggedAt ?? null;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** `TIMESTAMP:user` or `user:TIMESTAMP` (draft-uberti-behave-turn-rest-00; coturn takes both). */
function expiryIn(name: string): number | null {
  const numbers = name
    .split(":")
    .filter((part) => /^\d{10,14}$/.test(part))
    .map(Number);
  // A name that is a number need not be a time.
  return numbers.find((number) => number >= FIRST_EXPIRY) ?? null;
}
