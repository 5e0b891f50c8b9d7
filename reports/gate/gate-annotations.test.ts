import { describe, expect, it } from "vitest";
import type { GateFinding } from "../../lab/model/gate.ts";
import { aFinding, EXAMPLE_GATES } from "./example-gate.ts";
import { inRepository, renderGateAnnotations } from "./gate-annotations.ts";
import { renderCodeQuality } from "./gate-code-quality.ts";

const PLACES = { root: "/repo", cwd: "/repo/turn" };

const linesOf = (findings: GateFinding[]) => renderGateAnnotations({ findings }, PLACES).split("\n").slice(0, -1);

describe("renderGateAnnotations", () => {
  it("names the line in the repository, of what fails, and of the rest where it has one", () => {
    expect(linesOf(EXAMPLE_GATES["failed at check"]().findings)).toEqual([
      "::error file=turn/new/turnserver.conf,line=12,title=turnlab%3A listener-removed::" +
        "users behind firewalls that let only TLS on port 443 out cannot connect: " +
        "no listener on 443 (tls-listening-port=5349)%0A" +
        "Clients are given turns:turn.example.org:443?transport=tcp, and nothing listens there any more.%0A" +
        "To change: tls-listening-port=443%0AAlso: network-without-listener (check, error): nobody answers for tls-443",
    ]);
  });

  it("is less than an error for what fails nothing", () => {
    const [line = ""] = linesOf([aFinding({ verdict: "already_there" })]);
    expect(line).toMatch(
      /^::warning file=turn\/new\/turnserver\.conf,line=12,title=turnlab%3A [\w-]+ \(already there\)::/,
    );
  });

  it("says the place of a file outside in the text", () => {
    const [line = ""] = linesOf([aFinding({ place: { file: "/etc/turnserver.conf", line: 3 } })]);
    expect(line).toMatch(/^::error title=/);
    expect(line).toMatch(/%0A\/etc\/turnserver\.conf:3$/);
  });

  it("is one command, whatever names hold", () => {
    const evil = "x,line=9::\r\n::set-env name=A::b%0A";
    const lines = linesOf([aFinding({ rule: evil, affects: evil, place: { file: `a${evil}`, line: 1 } })]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^::error file=[^,:\r]*,line=1,title=[^,:\r]*::[^\r]*$/);
  });

  it("gives no more than GitHub shows, the first ones", () => {
    const lines = linesOf(Array.from({ length: 30 }, (_, index) => aFinding({ affects: `finding ${index}` })));
    expect(lines).toHaveLength(10);
    expect(lines[0]).toContain("finding 0");
  });
});

describe("inRepository", () => {
  it.each([
    ["turnserver.conf", "turn/turnserver.conf"],
    ["../turnserver.conf", "turnserver.conf"],
    ["/repo/a.conf", "a.conf"],
    ["../../a.conf", null],
    ["/etc/turnserver.conf", null],
    ["/repository/a.conf", null],
  ])("%s is %s", (file, expected) => {
    expect(inRepository(file, PLACES)).toBe(expected);
  });
});

describe("renderCodeQuality", () => {
  it("has what GitLab asks of an issue", () => {
    const issues = JSON.parse(renderCodeQuality(EXAMPLE_GATES["failed at check"](), PLACES)) as Record<
      string,
      unknown
    >[];
    expect(issues).toEqual([
      {
        description: expect.stringContaining("cannot connect"),
        check_name: "turnlab listener-removed",
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        severity: "blocker",
        location: { path: "turn/new/turnserver.conf", lines: { begin: 12 } },
      },
      expect.objectContaining({
        severity: "minor",
        location: { path: "turn/new/turnserver.conf", lines: { begin: 1 } },
      }),
    ]);
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });
});
