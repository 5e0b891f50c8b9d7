import { expect, it } from "vitest";
import type { ToldFinding } from "../model/gate.ts";
import { foldFindings } from "./fold-findings.ts";

const told = (rule: string, over: Partial<ToldFinding> = {}): ToldFinding => ({
  key: `check ${rule} ${JSON.stringify(over)}`,
  layer: "check",
  rule,
  severity: "error",
  verdict: "fails",
  place: { file: "new.conf", line: 6 },
  option: "listening-port",
  affects: "whoever runs the server",
  what: "expected 3478, found 3479",
  reason: "r",
  fix: null,
  evidence: [],
  ...over,
});

const rules = (...findings: ToldFinding[]) =>
  foldFindings(findings).map(({ rule, also }) => [rule, ...also.map((one) => one.rule)].join(" < "));

it("makes one finding of what one option does, whoever it hits", () => {
  const [one, ...others] = foldFindings([
    told("listener-removed", { affects: "users at home" }),
    told("url-without-listener", { affects: "users without UDP", fix: "listening-port=3478" }),
    told("limit", { severity: "warning", verdict: "noted", affects: "somebody else" }),
  ]);
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    rule: "url-without-listener",
    affects: "users without UDP; users at home",
    fix: "listening-port=3478",
    also: [{ rule: "listener-removed" }, { rule: "limit" }],
  });
});

it("takes a certificate and its key for one thing, and gives both lines", () => {
  const found = foldFindings([
    told("certificate", { option: "cert", fix: "cert=/a.pem" }),
    told("tls-removed", { option: "pkey", fix: "pkey=/b.pem", place: { file: "new.conf", line: null } }),
  ]);
  expect(found).toMatchObject([{ fix: "cert=/a.pem\npkey=/b.pem", also: [{ rule: "tls-removed" }] }]);
});

it("follows the change, where a key that is misspelt is missing elsewhere", () => {
  const line = { file: "new.conf", line: null };
  expect(
    rules(
      told("unknown-option", { option: null, fix: "realm=turn.example.org" }),
      told("realm-changed", { option: "realm", fix: "realm=turn.example.org", place: line }),
    ),
  ).toEqual(["unknown-option < realm-changed"]);
});

it("of lines that add to each other joins those alone that the same change has", () => {
  const acl = (rule: string, fix: string) => told(rule, { option: "denied-peer-ip", fix });
  expect(
    rules(
      acl("protection-removed", "denied-peer-ip=10.0.0.0-10.255.255.255"),
      acl("denied-peer-missing", "denied-peer-ip=10.0.0.0-10.255.255.255\ndenied-peer-ip=fc00::-fdff::"),
      acl("denied-peer-special-missing", "denied-peer-ip=100.64.0.0-100.127.255.255"),
    ),
  ).toEqual(["denied-peer-missing < protection-removed", "denied-peer-special-missing"]);
});

it("keeps apart what fails and what was there, known holes, and what has nothing in common", () => {
  const none = { option: null, place: { file: "new.conf", line: null } };
  expect(
    rules(
      told("listener-removed"),
      told("url-without-listener", { verdict: "already_there" }),
      told("cve-2026-1", { verdict: "noted", severity: "warning" }),
      told("one", none),
      told("other", none),
    ),
  ).toEqual(["listener-removed", "url-without-listener", "cve-2026-1", "one", "other"]);
});

it("joins what stands on one line and is told in words", () => {
  const words = { option: "denied-peer-ip", fix: "Take it out." };
  expect(rules(told("acl-tightened", words), told("range", { ...words, fix: null }))).toEqual([
    "acl-tightened < range",
  ]);
});
