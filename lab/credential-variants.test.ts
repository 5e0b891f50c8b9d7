import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { credentialVariants, type ServerKeys } from "./credential-variants.ts";

const NOW_S = 1_800_000_000;
const minted: ServerKeys = { secrets: ["s3cret", "older"], users: [] };
const fixed: ServerKeys = { secrets: [], users: [{ username: "alice", password: "right" }] };
const hmac = (secret: string, name: string, hash = "sha1", as: "base64" | "hex" = "base64") =>
  createHmac(hash, secret).update(name).digest(as);
const changes = (username: string, password: string, keys: ServerKeys) =>
  credentialVariants({ username, password }, keys, NOW_S).map(({ variant }) => variant);

describe("credentialVariants", () => {
  it.each([
    ["a wrong password", "alice", "wrong", fixed, "own-password"],
    ["a user that nobody knows", "bob", "right", fixed, "own-user"],
    [
      "a time-limited one where users are fixed",
      `${NOW_S + 60}:x`,
      hmac("any", `${NOW_S + 60}:x`),
      fixed,
      "fixed-user",
    ],
    ["a key of another realm", "alice", "right", { ...fixed, keyRealm: "old.org" }, "other-realm"],
    ["a fixed user where all are time-limited", "alice", "right", minted, "time-limited"],
    ["one that is over", `${NOW_S - 1}:x`, hmac("s3cret", `${NOW_S - 1}:x`), minted, "minted-now"],
    [
      "milliseconds",
      `${NOW_S * 1000 + 60_000}:x`,
      hmac("s3cret", `${NOW_S * 1000 + 60_000}:x`),
      minted,
      "expiry-in-seconds",
    ],
    ["another secret", `${NOW_S + 60}:x`, hmac("other", `${NOW_S + 60}:x`), minted, "own-secret"],
    ["SHA-256", `${NOW_S + 60}:x`, hmac("s3cret", `${NOW_S + 60}:x`, "sha256"), minted, "sha1-base64"],
    ["hexadecimal digits", `${NOW_S + 60}:x`, hmac("older", `${NOW_S + 60}:x`, "sha1", "hex"), minted, "sha1-base64"],
  ])("changes one thing alone: %s", (_, username, password, keys, variant) => {
    expect(changes(username, password, keys)).toEqual(["none", variant, "own-credential"]);
  });

  it("keeps what is not changed", () => {
    const name = `alice:${NOW_S - 5}`;
    const [, later] = credentialVariants({ username: name, password: hmac("s3cret", name) }, minted, NOW_S);
    expect(later?.username).toBe(`alice:${NOW_S + 3_600}`);
    expect(later?.password).toBe(hmac("s3cret", later?.username ?? ""));
  });

  it("changes nothing alone where two things are wrong, and nothing where it is right", () => {
    const over = `${NOW_S - 1}:x`;
    expect(changes(over, hmac("other", over), minted)).toEqual(["none", "own-credential"]);
    expect(changes("alice", "right", fixed)).toEqual(["none", "own-credential"]);
    expect(changes("bob", "any", { secrets: [], users: [] })).toEqual(["none"]);
  });
});
