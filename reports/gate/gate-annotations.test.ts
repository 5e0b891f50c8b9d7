import { describe, expect, it } from "vitest";
import { aFinding, EXAMPLE_GATES } from "./example-gate.ts";
import { gateAnnotations, inRepository } from "./gate-annotations.ts";
import { renderCodeQuality } from "./gate-code-quality.ts";

const PLACES = { root: "/repo", cwd: "/repo/turn" };

describe("gateAnnotations", () => {
  it("names the line in the repository, an error for what fails and less for the rest", () => {
    expect(gateAnnotations(EXAMPLE_GATES["failed at check"](), PLACES)).toEqual([
      "::error file=turn/new/turnserver.conf,line=12,title=turnlab%3A listener-removed::" +
        "Users behind firewalls that let only TLS on port 443 out cannot connect: no listener on 443.%0A" +
        "Found: tls-listening-port=5349, where the baseline has 443%0A" +
        "Why: Clients are given turns:turn.example.org:443?transport=tcp, and nothing listens there any more.%0A" +
        "To change: tls-listening-port=443",
      "::notice file=turn/new/turnserver.conf,line=1,title=turnlab%3A cve-2026-27624::" +
        "Already there: Whoever has a credential reaches the server's own network by ::ffff: addresses.%0A" +
        "Found: coturn 4.6.1%0AWhy: CVE-2026-27624, fixed in 4.9.0.%0A" +
        "To change: denied-peer-ip=::ffff:0.0.0.0-::ffff:255.255.255.255",
    ]);
  });

  it("says the place of a file outside in the text", () => {
    const finding = aFinding({ place: { file: "/etc/turnserver.conf", line: 3 } });
    const [line = ""] = gateAnnotations({ findings: [finding] }, PLACES);
    expect(line).toMatch(/^::error title=/);
    expect(line).toContain("%0AWhere: /etc/turnserver.conf:3%0A");
  });

  it("is one command, whatever names hold", () => {
    const evil = "x,line=9::\r\n::set-env name=A::b%0A";
    const finding = aFinding({ rule: evil, affects: evil, place: { file: `a${evil}`, line: 1 } });
    const lines = gateAnnotations({ findings: [finding] }, PLACES);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\r\n]/);
    expect(lines[0]?.match(/^::error file=[^,:]*,line=1,title=[^,:]*::/)).not.toBeNull();
  });

  it("gives no more than GitHub shows, the first ones", () => {
    const findings = Array.from({ length: 30 }, (_, index) => aFinding({ affects: `finding ${index}` }));
    const lines = gateAnnotations({ findings }, PLACES);
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
