import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { profileJsonSchema } from "./given-profile.ts";
import { readProfile, withoutSecrets } from "./read-profile.ts";

const read = (value: unknown) => readProfile({ text: JSON.stringify(value) });
const faultsOf = (value: unknown) => {
  const result = read(value);
  return "faults" in result ? result.faults : [];
};

describe("readProfile", () => {
  it("takes a whole profile, and an empty one", () => {
    const profile = {
      networks: ["home", "udp-blocked", "home"],
      iceServers: [
        { urls: "stun:stun.example.org" },
        { urls: ["turn:t.example.org:3478?transport=udp", "turns:t.example.org:443"], username: "u", credential: "c" },
      ],
      concurrentCalls: 4,
      bitsPerSecond: 64_000,
      credentialLifetimeS: null,
      callSeconds: 60,
      firewall: ["udp:3478", "tcp:443", "udp:49152-65535"],
      peerAddresses: ["34.5.6.7"],
      limits: { successRate: { bad: 0.9 }, margin: 0.5 },
      rules: { "denied-peer-missing": "off" },
    };
    expect(read({ $schema: "./gate-profile.schema.json", ...profile })).toEqual({
      given: { ...profile, networks: ["home", "udp-blocked"] },
    });
    expect(read({})).toEqual({ given: {} });
  });

  it("tells every fault at once, with its place and the word that was meant", () => {
    const faults = faultsOf({
      networks: ["home", "cgnatt"],
      iceServers: [
        { urls: ["turn:t.example.org:99999", "http://t.example.org"], username: "u" },
        { url: "turn:t.example.org" },
      ],
      concurentCalls: 3,
      bitsPerSecond: "500k",
      firewall: ["udp:3478", "443/tcp"],
      peerAddresses: ["sfu.example.org"],
      limits: { successRate: { bad: 0.99, good: 0.95 }, errorRate: { pass: 1.5 }, budgetMs: 5_000 },
      rules: { "unknown-optoin": "off", "denied-peer-missing": "fatal" },
    });
    expect(faults.map(({ place, hint }) => `${place}${hint?.startsWith("Did") ? ` ${hint}` : ""}`)).toEqual(
      expect.arrayContaining([
        'networks[1] Did you mean "cgnat"?',
        'concurentCalls Did you mean "concurrentCalls"?',
        "bitsPerSecond",
        "firewall[1]",
        "peerAddresses[0]",
        "limits.successRate",
        "limits.errorRate.pass",
        "limits.budgetMs",
        'rules.unknown-optoin Did you mean "unknown-option"?',
        "rules.denied-peer-missing",
        "iceServers[0].urls[0]",
        "iceServers[0].urls[1]",
        "iceServers[0].credential",
        "iceServers[1].urls",
        'iceServers[1].url Did you mean "urls"?',
      ]),
    );
    expect(faults.find(({ place }) => place === "limits.budgetMs")).toMatchObject({
      expected: "a number from 30000 to 86400000",
      found: "5000",
    });
    expect(faults.find(({ place }) => place === "limits.successRate")?.found).toBe("bad 0.99, good 0.95");
  });

  it("shows no credential in what it says, whatever is wrong around one", () => {
    const secret = "tops3cret";
    const wrong = [
      { iceServers: { urls: "turn:t", credential: secret } },
      { iceServers: [{ urls: 1, username: [secret], credential: { a: secret } }] },
      { iceServers: secret },
      [secret],
      secret,
    ];
    for (const value of wrong) expect(JSON.stringify(faultsOf(value)), JSON.stringify(value)).not.toContain(secret);
    const broken = readProfile({ text: `{"iceServers": [{"credential": "${secret}" x` });
    expect(broken).toMatchObject({ faults: [{ expected: "a profile in JSON" }] });
    expect(JSON.stringify(broken)).not.toContain(secret);
  });

  it("is shown to others without its credentials", () => {
    const profile = { iceServers: [{ urls: "stun:s" }, { urls: "turn:t", username: "u", credential: "tops3cret" }] };
    expect(withoutSecrets(profile)).toEqual({
      iceServers: [{ urls: "stun:s" }, { urls: "turn:t", username: "u", credential: "***" }],
    });
  });

  it("has a schema for editors that says what it takes", () => {
    const file = new URL("./gate-profile.schema.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(profileJsonSchema())));
  });
});
