import { createHash } from "node:crypto";
import type { CheckedConfig } from "../check/checked-config.ts";
import type { CompareRule } from "./compare-rule.ts";

const HOLDERS = "everybody who has a credential, until applications hand out new ones";

export const CREDENTIAL_CHANGES: readonly CompareRule[] = [
  {
    id: "auth-mode-changed",
    severity: "error",
    title: "Another way to authenticate.",
    compare: (before, after) => {
      const [was, is] = [modeOf(before), modeOf(after)];
      if (was === is || was === "nobody" || is === "nobody") return [];
      const option = is === "secret" ? "static-auth-secret" : "user";
      return [
        {
          line: after.lineNumber(option) ?? after.lineNumber("use-auth-secret"),
          option,
          expected: `credentials from ${WORDS[was]}, as before`,
          found: WORDS[is],
          reason: "A coturn takes one kind of credential: those that applications hand out now are answered 401.",
          fix: `Take credentials from ${WORDS[was]} as before, until applications hand out the others.`,
          affects: HOLDERS,
        },
      ];
    },
  },
  {
    id: "secret-changed",
    severity: "error",
    title: "A shared secret that is no longer taken.",
    compare: (before, after) => {
      if (modeOf(before) !== "secret" || modeOf(after) !== "secret") return [];
      const now = after.settings.valuesOf("static-auth-secret");
      const lost = before.settings.valuesOf("static-auth-secret").filter((secret) => !now.includes(secret));
      if (lost.length === 0 || isUnknown(before, "static-auth-secret") !== isUnknown(after, "static-auth-secret"))
        return [];
      return [
        {
          line: after.lineNumber("static-auth-secret") ?? after.lineNumber("use-auth-secret"),
          option: "static-auth-secret",
          expected: "the secret with which applications mint credentials",
          found: now.length === 0 ? "none" : lost.length === 1 ? "another" : "others",
          reason:
            "Credentials that were minted with it are answered 401. coturn takes several secrets: keep the old line until all applications have the new one.",
          fix: "Keep the old static-auth-secret line beside the new one.",
          affects: HOLDERS,
        },
      ];
    },
  },
  {
    id: "separator-changed",
    severity: "error",
    title: "Another sign between time and user in time-limited credentials.",
    compare: (before, after) => {
      const [was, is] = [separatorOf(before), separatorOf(after)];
      if (was === null || is === null || was === is) return [];
      return [
        {
          line: after.lineNumber("rest-api-separator"),
          option: "rest-api-separator",
          expected: `"${was}", as applications mint with`,
          found: `"${is}"`,
          reason: `Of a user name in which "${is}" stands, coturn no longer finds the time, and answers 401 (userdb.c, get_rest_api_timestamp; 4.6.1, measured). Of others each credential has a quota of its own.`,
          fix: `rest-api-separator=${was}`,
          affects: `whoever has "${is}" in the user name of a credential`,
        },
      ];
    },
  },
  {
    id: "user-changed",
    severity: "error",
    title: "A user who is gone, or has another password.",
    compare: (before, after) => {
      if (modeOf(before) !== "users" || modeOf(after) !== "users") return [];
      const [was, is] = [usersOf(before), usersOf(after)];
      return [...was].flatMap(([name, user]) => {
        const now = is.get(name);
        if (now && (isSame(name, user, realmOf(before), now, realmOf(after)) || isKeyOfOtherRealm(user, now)))
          return [];
        return [
          {
            line: now?.line ?? after.lineNumber("user"),
            option: "user",
            expected: `the user ${name}, with the same password`,
            found: now ? "another password" : "no such user",
            reason: "Whoever presents this user's credential is answered 401.",
            fix: `Put the old user line of ${name} back.`,
            affects: `whoever has the credential of ${name}`,
          },
        ];
      });
    },
  },
  {
    id: "realm-under-keys",
    severity: "error",
    title: "Another realm under hashed keys.",
    url: "https://www.rfc-editor.org/rfc/rfc8489#section-9.2.2",
    compare: (before, after) => {
      const is = usersOf(after);
      const hit = [...usersOf(before)].filter(([name, user]) => {
        const now = is.get(name);
        return now && realmOf(before) !== realmOf(after) && isKeyOfOtherRealm(user, now);
      });
      if (hit.length === 0 || modeOf(after) !== "users") return [];
      return [
        {
          line: after.lineNumber("realm"),
          option: "realm",
          expected: `the realm ${realmOf(before)}, for which the keys are`,
          found: realmOf(after) || "none",
          reason:
            "A key is the hash of user, realm and password (RFC 8489 section 9.2.2): under another realm no password fits it, and all are answered 401.",
          ...(realmOf(before) === "" ? {} : { fix: `realm=${realmOf(before)}` }),
          affects: HOLDERS,
        },
      ];
    },
  },
  {
    id: "realm-changed",
    severity: "warning",
    title: "Another realm.",
    compare: (before, after) => {
      const [was, is] = [realmOf(before), realmOf(after)];
      if (was === is || (was === "" && !before.isStated("realm"))) return [];
      const isInDatabase = ["userdb", "psql-userdb", "mysql-userdb", "mongo-userdb", "redis-userdb"].some((option) =>
        after.isStated(option),
      );
      const isBreaking = is === "" || isInDatabase;
      return [
        {
          ...(isBreaking ? { severity: "error" as const } : {}),
          line: after.lineNumber("realm"),
          option: "realm",
          expected: `realm=${was}, as before`,
          found: is === "" ? "none" : is,
          reason:
            is === ""
              ? "The machine's domain stands for it; where that is empty, clients are answered 401."
              : isInDatabase
                ? "Users of a database are users of a realm."
                : "Clients learn it from the server, but quotas and limits of a realm end with it.",
          fix: `realm=${was}`,
          ...(isBreaking ? { affects: HOLDERS } : {}),
        },
      ];
    },
  },
];

type Mode = "secret" | "users" | "nobody";
const WORDS: Readonly<Record<Mode, string>> = { secret: "a shared secret", users: "users", nobody: "nobody" };

function modeOf({ credential }: CheckedConfig): Mode {
  if (credential.kind === "secret" || (credential.kind === "missing" && credential.what === "secret")) return "secret";
  return credential.kind === "open" ? "nobody" : "users";
}

/** Null where credentials have none. */
function separatorOf({ credential }: CheckedConfig): string | null {
  return "separator" in credential ? credential.separator : null;
}

/** A placeholder without a value on one side alone says nothing about the other. */
function isUnknown(config: CheckedConfig, option: string): boolean {
  return config.settings.linesOf(option).some(({ number }) => config.isOpenLine(number));
}

const realmOf = ({ settings }: CheckedConfig) => settings.textOf("realm") ?? "";

type User = { line: number; secret: string; isKey: boolean };

/** Of two lines for one name the last counts. */
function usersOf({ settings }: CheckedConfig): Map<string, User> {
  return new Map(
    settings.linesOf("user").map(({ value, number }) => {
      const [name = "", ...rest] = value.split(":");
      const secret = rest.join(":").trimStart();
      const isKey = secret.startsWith("0x");
      return [name, { line: number, secret: isKey ? secret.slice(2).toLowerCase() : secret, isKey }];
    }),
  );
}

/** Whether what opened one opens the other: a password and its key are one. */
function isSame(name: string, was: User, realmBefore: string, is: User, realmAfter: string): boolean {
  if (was.isKey === is.isKey) return was.secret === is.secret && (!is.isKey || realmBefore === realmAfter);
  return was.isKey
    ? keyOf(name, realmBefore, is.secret) === was.secret
    : keyOf(name, realmAfter, was.secret) === is.secret;
}

/** The same key as before: it is the realm that does not fit. */
const isKeyOfOtherRealm = (was: User, is: User) => was.isKey && is.isKey && was.secret === is.secret;

/** `turnadmin -k`: MD5 over user, realm and password (RFC 8489 section 9.2.2). */
function keyOf(name: string, realm: string, password: string): string {
  return createHash("md5").update(`${name}:${realm}:${password}`).digest("hex");
}
