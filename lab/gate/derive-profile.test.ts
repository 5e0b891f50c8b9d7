import { describe, expect, it } from "vitest";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { deriveProfile } from "./derive-profile.ts";
import { configOf, usersConfig } from "./test-config.ts";

function derive(config: TurnConfig, given: Parameters<typeof deriveProfile>[0] = {}) {
  const derived = deriveProfile(given, { config, publicAddress: "34.1.2.3" });
  if ("faults" in derived) throw new Error(JSON.stringify(derived.faults));
  return derived;
}

describe("deriveProfile", () => {
  it("takes every listener for one that clients are sent to, by the realm's name", () => {
    const { profile, notes } = derive(configOf(["aux-server=10.0.0.5:80"]));
    expect(profile.iceServers).toEqual([
      { urls: ["stun:turn.example.org:3478"] },
      {
        urls: [
          "turn:turn.example.org:3478?transport=udp",
          "turn:turn.example.org:3478?transport=tcp",
          "turns:turn.example.org:443?transport=tcp",
          "turn:turn.example.org:80?transport=udp",
          "turn:turn.example.org:80?transport=tcp",
          "turns:turn.example.org:80?transport=tcp",
        ],
      },
    ]);
    expect(profile.networks).toEqual(["home", "symmetric", "cgnat", "udp-blocked", "web-only", "tls-443"]);
    expect(profile.credentialLifetimeS).toBe(86_400);
    expect([profile.concurrentCalls, profile.bitsPerSecond, notes]).toEqual([20, 500_000, []]);
  });

  it("sends clients to the address where the realm is no host name, and hands out no TLS without a certificate", () => {
    const { profile, notes } = derive(configOf(["realm=my realm"], { without: ["cert"] }));
    expect(profile.iceServers[1]?.urls).toEqual([
      "turn:34.1.2.3:3478?transport=udp",
      "turn:34.1.2.3:3478?transport=tcp",
    ]);
    expect(profile.networks).toEqual(["home", "symmetric", "cgnat", "udp-blocked"]);
    expect(notes).toEqual([expect.stringContaining("names no cert and pkey")]);
  });

  it("names one port once, for TLS and without", () => {
    const { profile } = derive(configOf(["listening-port=443", "tls-listening-port=443"]));
    const transports = ["turn:HOST:443?transport=udp", "turn:HOST:443?transport=tcp", "turns:HOST:443?transport=tcp"];
    expect(profile.iceServers[1]?.urls).toEqual(transports.map((url) => url.replace("HOST", "turn.example.org")));
  });

  it("leaves out what is switched off", () => {
    const { profile } = derive(configOf(["no-udp", "no-tls"]));
    expect(profile.iceServers).toEqual([{ urls: ["turn:turn.example.org:3478?transport=tcp"] }]);
  });

  it("has an entry for each user whose password is known, the last line of a name, and four at the most", () => {
    const { profile, notes } = derive(
      usersConfig(
        "user=a:first",
        "user=a:second",
        "user=b:pb",
        "user=c:0x0123456789abcdef0123456789abcdef",
        "user=d:pd",
        "user=e:pe",
        "user=f:pf",
      ),
    );
    const entries = profile.iceServers.filter(({ username }) => username !== undefined);
    expect(entries.map(({ username, credential }) => `${username}:${credential}`)).toEqual([
      "a:second",
      "b:pb",
      "d:pd",
      "e:pe",
    ]);
    expect(profile.credentialLifetimeS).toBeNull();
    expect(notes).toEqual([expect.stringMatching(/1 further users or 1 users of whom it has only keys/)]);
  });

  it("wants a profile for a file that has only keys", () => {
    const config = usersConfig("user=a:0x0123456789abcdef0123456789abcdef");
    const derived = deriveProfile({}, { config, publicAddress: "34.1.2.3" });
    expect(derived).toMatchObject({ faults: [{ place: expect.stringMatching(/^turnserver\.conf:\d+$/) }] });
    const given = { iceServers: [{ urls: "turn:turn.example.org", username: "a", credential: "p" }] };
    expect(derive(config, given).profile.iceServers).toEqual(given.iceServers);
  });

  it.each([
    [["user-quota=4"], 20], // Each call has a user of its own.
    [["total-quota=10"], 5],
    [["min-port=50000", "max-port=50005"], 3],
    [["max-bps=1000", "bps-capacity=3000"], 1],
    [["total-quota=1"], 1],
  ])("asks for no more calls than %j lets in: %i", (lines, calls) => {
    const { profile, notes } = derive(configOf(lines));
    expect(profile.concurrentCalls).toBe(calls);
    expect(notes.length > 0).toBe(calls < 20);
    expect(derive(configOf(lines), { concurrentCalls: 12 }).profile.concurrentCalls).toBe(12);
  });

  it("counts the quota of one user where all come as the same", () => {
    expect(derive(usersConfig("user=a:pa", "user-quota=4")).profile.concurrentCalls).toBe(2);
    expect(derive(configOf(["max-bps=20000"])).profile.bitsPerSecond).toBe(80_000);
  });

  it("fills in the limits that are not given", () => {
    const { profile } = derive(configOf(), { limits: { successRate: { bad: 0.8 }, margin: 1 }, networks: ["home"] });
    expect(profile.limits).toEqual({
      successRate: { bad: 0.8, good: 0.99 },
      connectTimeMs: 5_000,
      errorRate: { pass: 0.05, fail: 0.05 },
      margin: 1,
      budgetMs: 300_000,
    });
    expect(profile.networks).toEqual(["home"]);
  });
});
