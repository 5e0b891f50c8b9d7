import { expect, it } from "vitest";
import { longTermKey } from "../../stun/integrity.ts";
import { restCredential } from "../../stun/rest-credential.ts";
import { usersOf } from "./user.ts";

it("is one and the same for all clients that share a credential", () => {
  const userOf = usersOf({ kind: "shared", username: "jörg", password: "p" });
  expect(userOf(1, false)).toBe(userOf(2, true));
  const user = userOf(1, false);
  user.useRealm(Buffer.from("läb", "utf8").toString("latin1"));
  expect(Buffer.from(user.username, "latin1").toString("utf8")).toBe("jörg");
  expect(Buffer.from(user.key, "latin1")).toEqual(longTermKey("jörg", "läb", "p"));
});

it("is minted for each VU and each end of its call, as a back end does", () => {
  const userOf = usersOf({ kind: "minted", secret: "s3cret", separator: "|", ttlSeconds: 60 });
  const before = Math.floor(Date.now() / 1_000);
  for (const [vu, isFar, userId] of [
    [1, false, "vu1"],
    [12, true, "vu12-far"],
  ] as const) {
    const user = userOf(vu, isFar);
    const [expiry = "", name] = user.username.split("|");
    expect(name).toBe(userId);
    expect(Number(expiry) - before).toBeGreaterThanOrEqual(60);
    expect(Number(expiry) - before).toBeLessThanOrEqual(65);
    const { password } = restCredential("s3cret", { userId, expiresAtS: Number(expiry), separator: "|" });
    user.useRealm("lab");
    expect(Buffer.from(user.key, "latin1")).toEqual(longTermKey(user.username, "lab", password));
    user.useRealm("other");
    expect(Buffer.from(user.key, "latin1")).toEqual(longTermKey(user.username, "other", password));
  }
});
