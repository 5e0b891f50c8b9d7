import pico from "picocolors";
import { describe, expect, it } from "vitest";
import type { ProbeResult, UrlReach } from "../../lab/model/probe.ts";
import { probeLines, reachLines } from "./probe-text.ts";

const paint = pico.createColors(false);
const REACH: UrlReach = {
  url: "turns:turn.lab.test",
  addresses: ["34.77.1.10"],
  resolveMs: 1.24,
  connectMs: 20,
  tls: {
    ms: 41,
    version: "TLSv1.2",
    cipher: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    subject: "turn.lab.test",
    issuer: "lab",
    daysLeft: 12,
    fault: null,
  },
  allocateMs: 44.1,
  relayed: "34.77.1.10:50000",
  mapped: "81.2.64.2:4000",
  lifetimeSeconds: 600,
  software: "Coturn-4.6.1 'Gorst'\u001b[2J",
  failed: null,
};
const RESULT: ProbeResult = {
  id: "peer-10.0.0.1",
  group: "peer-acl",
  title: "Relaying to 10.0.0.1, a private network (RFC 1918)",
  url: "turn:turn.lab.test",
  expected: "403",
  observed: "success",
  verdict: "weak",
  severity: "error",
  reason: "Every user can reach it through this server (CWE-918).",
  fix: "denied-peer-ip=10.0.0.0-10.255.255.255",
  affects: null,
  option: "denied-peer-ip",
  hasReached: null,
  durationMs: 2,
};

describe("what URLs came to", () => {
  it("is a line for each, and what else is known of it", () => {
    const failed = { step: "resolve", code: "ENOTFOUND", message: "no such name" } as const;
    const dead = { ...REACH, url: "turn:nowhere.test", tls: null, resolveMs: null, connectMs: null, allocateMs: null };
    const lines = reachLines(
      [REACH, { ...dead, relayed: null, mapped: null, software: null, lifetimeSeconds: null, failed }],
      100,
      paint,
    );
    expect(lines[1]?.split(/ {2,}/)).toEqual([
      "✓",
      "turns:turn.lab.test",
      "1.2",
      "20.0",
      "41.0",
      "44.1",
      "34.77.1.10:50000",
      "81.2.64.2:4000",
    ]);
    expect(lines[2]?.split(/ {2,}/)).toEqual(["✗", "turn:nowhere.test", "–", "–", "–", "–", "–", "–"]);
    expect(lines).toContain("  failed at resolve: no such name (ENOTFOUND)");
    expect(lines.join(" ")).toContain("certificate of turn.lab.test by lab, 12 days left");
    expect(lines.join("\n"), "a server steers no terminal").not.toContain("\u001b");
  });
});

describe("what was found of a server", () => {
  it("is what is weak, with what to change; the rest is counted", () => {
    const ok = { ...RESULT, id: "peer-127.0.0.1", verdict: "ok" } as const;
    const none = { ...RESULT, id: "peer-::1", verdict: "not-asked", why: "no IPv6 allocation: 440" } as const;
    const also = { ...none, id: "peer-fd00::1" };
    const lines = probeLines("turn.lab.test", [RESULT, ok, none, also], 100, paint);
    expect(lines).toEqual([
      "security of turn.lab.test: 1 weak (1 error), 1 as expected, 0 unclear, 2 not asked",
      "",
      "  peer-acl: where it relays to",
      "    ✗ Relaying to 10.0.0.1, a private network (RFC 1918)",
      "      success; expected 403",
      "      to change: denied-peer-ip=10.0.0.0-10.255.255.255",
      "    ✓ 1 as expected",
      "    – not asked: peer-::1, peer-fd00::1; no IPv6 allocation: 440",
    ]);
  });

  it("says when nothing could be asked", () => {
    expect(probeLines("turn.lab.test", [], 100, paint)).toEqual([
      "turn.lab.test: no listener answered, so nothing was asked about its security",
    ]);
  });
});
