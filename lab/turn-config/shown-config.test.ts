import { describe, expect, it } from "vitest";
import { shownConfigs, shownOptions } from "./shown-config.ts";

describe("a file as a report may show it", () => {
  it("keeps its lines, and has a word for each secret, the same for the same one in both files", () => {
    const before = "realm=a.example\n# once hunter2\nstatic-auth-secret=hunter2\n\nuser=ann:hunter3\nno-cli\n";
    const after = 'realm=a.example\nuse-auth-secret\nstatic-auth-secret = "hunter2"\ncli-password=hunter4';
    expect(shownConfigs([before, after])).toEqual([
      ["realm=a.example", "#", "static-auth-secret=<secret 1>", "", "user=ann:<secret 2>", "no-cli"],
      ["realm=a.example", "use-auth-secret", "static-auth-secret=<secret 1>", "cli-password=<secret 3>"],
    ]);
  });

  it.each([
    "static-auth-secrt=hunter2",
    "user=ann:hunter2",
    "user=hunter2",
    "psql-userdb=host=db password=hunter2",
    "nonsense hunter2",
    "hunter2",
    "hunter2=",
    "static-auth-secret=hunter2 # ours",
    "redis-statsdb=ip=1.2.3.4 password=hunter2",
    "\tstatic-auth-secret\thunter2\r",
    "#static-auth-secret=hunter2",
    "  # hunter2",
  ])("shows nothing of the secret in %j", (line) => {
    expect(shownConfigs([line]).flat().join("\n")).not.toContain("hunter2");
  });

  it("shows no secret under another key", () => {
    const [lines] = shownConfigs(["static-auth-secret=hunter2hunter2\nrealm=hunter2hunter2.example"]);
    expect(lines?.[1]).toBe("realm=***.example");
  });

  it("shows what is no secret under a misspelt key", () => {
    expect(shownConfigs(["tls-listening-prt=443"])).toEqual([["tls-listening-prt=443"]]);
  });
});

it("keeps of a file where and how, without what coturn does not read", () => {
  const text = `
# last year: static-auth-secret=old-secret-of-ours
external-ip=34.1.2.3/10.0.0.2
user = bob:0xabcdef0123
static-auth-secret=the-shared-secret
use-auth-secret
  denied-peer-ip=10.0.0.0-10.255.255.255
`;
  expect(shownOptions(text)).toEqual([
    "external-ip=34.1.2.3/10.0.0.2",
    "user=bob:<secret 1>",
    "static-auth-secret=<secret 2>",
    "use-auth-secret",
    "denied-peer-ip=10.0.0.0-10.255.255.255",
  ]);
});
