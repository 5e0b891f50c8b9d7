import { describe, expect, it } from "vitest";
import type { GateFinding } from "../../lab/model/gate.ts";
import { renderCheckAnnotations } from "./check-annotations.ts";
import { exampleCheck } from "./example-check.ts";
import { checkAnnotation, gateAnnotation, renderAnnotations } from "./github-annotations.ts";

const of = (...findings: Parameters<typeof exampleCheck>[0]) =>
  renderAnnotations(exampleCheck(findings).findings.map(checkAnnotation));

describe("annotations of GitHub", () => {
  it("say what, where and what to do on one line", () => {
    expect(of({})).toBe(
      '::error file=turnserver.conf,line=7,title=turnlab%3A unknown-option::expected an option of coturn; found "fingerprnt".%0Acoturn logs it and goes on without.%0ATo change: fingerprint%0AAffects users behind firewalls that block UDP.\n',
    );
    expect(of({ severity: "warning", line: null })).toMatch(/^::warning file=turnserver\.conf,title=/);
    expect(of({ severity: "note" })).toMatch(/^::notice /);
  });

  it("are what GitHub's runner reads back, whatever stands in them", () => {
    const odd = "50%, a:b\r\n::error::x, \u202e%0A";
    const text = of({ file: odd, found: odd });
    expect(text.split("\n")).toHaveLength(2);
    // As the runner does (actions/runner: ActionCommand.cs): properties up to the next ::, split at commas, unescaped.
    const [, properties = "", data = ""] = /^::error (.*?)::(.*)\n$/.exec(text) ?? [];
    const values = Object.fromEntries(properties.split(",").map((pair) => pair.split("=", 2)));
    const readBack = (value = "") =>
      value
        .replaceAll("%2C", ",")
        .replaceAll("%3A", ":")
        .replaceAll("%0A", "\n")
        .replaceAll("%0D", "\r")
        .replaceAll("%25", "%");
    expect(readBack(values.file)).toBe(odd.replace("\u202e", " "));
    expect(readBack(data)).toContain(odd.replace("\u202e", " "));
  });

  it("of a check name files from the repository's root, and say where those outside are", () => {
    const text = renderCheckAnnotations(exampleCheck([{ file: "a.conf" }, { file: "/etc/b.conf" }]), {
      root: "/repo",
      cwd: "/repo/deploy",
    });
    expect(text).toMatch(/^::error file=deploy\/a\.conf,line=7,/);
    expect(text).toMatch(/\n::error title=.*%0A\/etc\/b\.conf:7\n$/);
  });

  it("of a gate are errors only where the gate fails of them", () => {
    const finding: GateFinding = {
      key: "k",
      layer: "calls",
      rule: "cell-failed",
      severity: "error",
      verdict: "fails",
      place: { file: "a.conf", line: 3 },
      option: null,
      affects: "Users behind firewalls that block UDP cannot connect.",
      what: "0 of 20 calls connected",
      reason: "",
      fix: "tls-listening-port=443",
      evidence: [],
      also: [],
    };
    const command = (verdict: GateFinding["verdict"], severity: GateFinding["severity"] = "error") =>
      /^::(\w+) /.exec(renderAnnotations([gateAnnotation({ ...finding, verdict, severity })]))?.[1];
    expect([command("fails"), command("fails", "warning"), command("already_there"), command("noted", "note")]).toEqual(
      ["error", "error", "warning", "notice"],
    );
    expect(renderAnnotations([gateAnnotation(finding)])).toContain(
      "::Users behind firewalls that block UDP cannot connect: 0 of 20 calls connected%0ATo change: tls-listening-port=443\n",
    );
  });
});
