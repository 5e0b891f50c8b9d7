import { describe, expect, it } from "vitest";
import { CREDENTIAL_FLAWS } from "../model/topology.ts";
import { restCredential } from "./credentials.ts";
import { flawedCredential } from "./flawed-credential.ts";

const credential = { username: "lab", password: "right" };
const nowMs = Date.UTC(2026, 10, 28);
const nowS = nowMs / 1000;
const right = { credential, secret: "s1", userId: "offerer-1", nowMs };
const user = { credential, userId: "offerer-1", nowMs };
const OF_ANY = ["wrong-password", "unknown-user"] as const;

describe("a flawed credential", () => {
  it("of a server with secrets is right in all but one thing", () => {
    const good = restCredential("s1", { userId: "offerer-1", expiresAtS: nowS + 86_400 });
    expect(flawedCredential("expired", right)).toEqual(
      restCredential("s1", { userId: "offerer-1", expiresAtS: nowS - 3_600 }),
    );
    for (const flaw of ["wrong-secret", "sha256", "hex", "wrong-password"] as const) {
      const { username, password } = flawedCredential(flaw, right);
      expect(username).toBe(good.username);
      expect(password).not.toBe(good.password);
    }
    const { password } = flawedCredential("hex", right);
    expect(Buffer.from(password, "hex").toString("base64")).toBe(good.password);
    expect(Buffer.from(flawedCredential("sha256", right).password, "base64")).toHaveLength(32);
    expect(flawedCredential("fixed-user", right).username).toBe("offerer-1");
    expect(flawedCredential("expired", { ...right, separator: "." }).username).toBe(`${nowS - 3_600}.offerer-1`);
  });

  it("in milliseconds is one that coturn's 32 bits take for the past, whatever day it is", () => {
    for (let day = 0; day < 100; day++) {
      const { username } = flawedCredential("milliseconds", { ...right, nowMs: nowMs + day * 86_400_000 });
      const expiresAt = Number.parseInt(username, 10);
      expect(expiresAt).toBeGreaterThan(nowMs);
      expect(expiresAt).toBeLessThan(nowMs + (day + 31) * 86_400_000);
      expect(expiresAt % 2 ** 32).toBeLessThan(nowS + day * 86_400);
    }
  });

  it("of a server with a user is that user's with another password, somebody else's, or a minted one", () => {
    expect(flawedCredential("wrong-password", user).username).toBe("lab");
    expect(flawedCredential("wrong-password", user).password).not.toBe("right");
    expect(flawedCredential("unknown-user", user).username).not.toBe("lab");
    expect(flawedCredential("time-limited", user).username).toBe(`${nowS + 86_400}:offerer-1`);
  });

  it("is none where the server is of the other kind", () => {
    expect(() => flawedCredential("time-limited", right)).toThrow("no flaw");
    for (const flaw of CREDENTIAL_FLAWS) {
      if (flaw === "time-limited" || OF_ANY.some((one) => one === flaw)) continue;
      expect(() => flawedCredential(flaw, user)).toThrow("no flaw");
    }
  });
});
