import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CheckNeeds } from "../model/check.ts";
import { CHECK_RULES, checkConfig } from "./check-config.ts";
import { COMPARE_RULES } from "./compare-configs.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import { CASES, edited, GOOD, NEEDS, READING, type Told } from "./test-check-cases.ts";

function check(text: string, { version = "4.6.1", needs = NEEDS, values = {} }: Told = {}) {
  return checkConfig({
    file: "turnserver.conf",
    text,
    values: new Map(Object.entries(values)),
    version,
    ...(needs ? { needs } : {}),
  });
}

/** `SEVERITY RULE` of each finding, those of known holes left out. */
function told(text: string, input: Told = {}): string[] {
  return check(text, input)
    .filter(({ rule }) => !/^(cve|ghsa)-/.test(rule))
    .map(({ severity, rule }) => `${severity} ${rule}`);
}

describe("a good file", () => {
  it.each(["4.6.1", "4.9.0", "4.16.0", null])("has nothing wrong with it under coturn %s", (version) => {
    const text =
      version === null || version === "4.6.1" ? GOOD : GOOD.replace(/no-(cli|rfc5780|software-attribute)\n/g, "");
    expect(told(text, { version }).filter((finding) => !finding.startsWith("note"))).toEqual([]);
  });

  it("is as good without needs", () => {
    expect(told(GOOD, { needs: null })).toEqual([]);
  });
});

describe("rules", () => {
  it.each(READING)("%s: with %j", (fires, lines) => {
    expect(told(`${GOOD}${lines}\n`)).toContain(fires);
    expect(told(GOOD)).not.toContain(fires);
  });

  it("tell of users without lt-cred-mech, and of relays over TCP alone", () => {
    const users = edited(["use-auth-secret", "static-auth-secret"], "user=alice:w0nderland-9xq");
    expect(told(users)).toContain("note lt-cred-mech-implied");
    expect(told(edited(["no-tcp-relay"], "no-udp-relay"))).toContain("error no-udp-relay");
  });

  it.each(CASES)("%s: without %j, with %j", (fires, without, added, _misses, input) => {
    expect(told(edited(without, added), input)).toContain(fires);
  });

  it.each(CASES)("%s is not told of its near miss, %#", (fires, _without, _added, [without, added, own], input) => {
    // The near miss of a URL or a version is the good file with the usual ones.
    const like = own ?? (input?.needs ? {} : input) ?? {};
    expect(told(edited(without, added), like)).not.toContain(fires);
  });

  it("have each a case, known holes and comparisons apart", () => {
    const fired = [...CASES, ...READING].map(([fires]) => fires.split(" ")[1]);
    const told = new Set([...fired, "lt-cred-mech-implied", "no-udp-relay", "empty-file"]);
    const compared = COMPARE_RULES.map(({ id }) => id);
    const untold = CHECK_RULES.filter(({ id }) => !told.has(id) && !compared.includes(id)).map(({ id }) => id);
    expect(untold.filter((id) => !/^(cve|ghsa)-/.test(id))).toEqual([]);
  });

  it("have names of their own", () => {
    expect(new Set(CHECK_RULES.map(({ id }) => id)).size).toBe(CHECK_RULES.length);
  });
});

describe("known holes", () => {
  const holes = (text: string, version: string) =>
    check(text, { version }).flatMap(({ rule, severity }) =>
      /^(cve|ghsa)-/.test(rule) ? [`${severity} ${rule}`] : [],
    );
  const anyAddress = edited(["listening-ip", "relay-ip"], "");

  it("are those that the version has and the file exposes", () => {
    expect(holes(GOOD, "4.6.1")).toEqual(["warning cve-2026-68552", "warning cve-2026-73215"]);
    expect(holes(anyAddress, "4.6.1")).toEqual([
      "warning cve-2026-27624",
      "warning cve-2026-73212",
      "warning cve-2026-68552",
      "warning cve-2026-73215",
    ]);
    expect(holes(`${GOOD}mobility\nweb-admin\n`, "4.11.0")).toEqual([
      "warning cve-2026-65981",
      "warning cve-2026-73216",
      "warning cve-2026-53448",
      "warning cve-2026-68552",
      "warning cve-2026-73215",
    ]);
    expect(holes(edited(["no-dtls"], ""), "4.15.0")).toEqual(["warning cve-2026-73214", "warning cve-2026-73215"]);
  });

  it("are closed by what mitigates them", () => {
    const mapped = "denied-peer-ip=::ffff:0.0.0.0-::ffff:255.255.255.255\n";
    expect(holes(anyAddress + mapped, "4.6.1")).not.toContain("warning cve-2026-27624");
  });

  it("are none of a version that has none, and of one that nobody knows", () => {
    expect(holes(edited(["listening-ip", "relay-ip", "no-dtls"], "mobility\nweb-admin"), "4.17.2")).toEqual([]);
    expect(check(anyAddress, { version: null }).filter(({ rule }) => rule.startsWith("cve"))).toEqual([]);
  });

  it("asks for IPv6 ranges byte by byte only where that loses addresses", () => {
    const range = (value: string) =>
      holes(`${edited(["relay-ip"], "")}denied-peer-ip=${value}\nrelay-ip=2600:1901::5\n`, "4.15.0");
    expect(range("fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).not.toContain("warning cve-2026-73213");
    expect(range("fc00::5-fdff::3")).toContain("warning cve-2026-73213");
  });
});

describe("findings", () => {
  it("say the line, the option, the change that mends it and whom it hits", () => {
    const [finding] = check(edited(["external-ip"], "external-ip=34.77.1.11/10.128.0.2")).filter(
      ({ rule }) => rule === "external-ip-other",
    );
    expect(finding).toEqual({
      rule: "external-ip-other",
      severity: "error",
      file: "turnserver.conf",
      line: 30,
      option: "external-ip",
      expected: "external-ip 34.77.1.10, where clients reach the server",
      found: "34.77.1.11",
      reason: expect.stringContaining("another machine"),
      fix: "external-ip=34.77.1.10/10.128.0.2",
      affects: "all users whose calls are relayed",
    });
  });

  it("suggest what a misspelt key was meant to be, and show no value that may be a secret", () => {
    const fix = (line: string) => check(`${GOOD}${line}\n`).find(({ rule }) => rule === "unknown-option")?.fix;
    expect(fix("denied-peer-ips=11.0.0.0-11.0.0.9")).toBe("denied-peer-ip=11.0.0.0-11.0.0.9");
    expect(fix("static-auth-secrt=hunter2hunter2")).toBe("static-auth-secret=…");
    expect(fix("relm=turn.example.org")).toBe("realm=turn.example.org");
    expect(fix("pkye=/etc/coturn/privkey.pem")).toBe("pkey=/etc/coturn/privkey.pem");
    // What looks like none of it may be a secret that fell under a wrong name.
    expect(fix("relm=8a1e5b0c77d9f2436a10e9bd55c4f7e1")).toBe("realm=…");
    expect(fix("fingerprnt")).toBe("fingerprint");
  });

  it("hold no secret", () => {
    const secret = "s3cr3t-that-nobody-may-see";
    const lines = ["static-auth-secret", "static-auth-secrt", "cli-password", "user", "pkey-pwd", "psql-userdb"].map(
      (key) => `${key}=${secret}`,
    );
    const all = JSON.stringify([
      check(lines.join("\n")),
      check(`lt-cred-mech\nuser=alice:${secret};\nuser=bob:0x${secret}\nrealm=a`),
    ]);
    expect(all).not.toContain(secret);
  });

  it("are of the version that a package's has in it", () => {
    expect(told(GOOD, { version: "4.17.0-r0" })).toContain("error ttl-one");
    expect(told(`${GOOD}no-tlsv1_2\n`, { version: "4.6.1-1" })).toContain("error no-tls-1-2");
  });

  it("come of any text, be it no file at all", () => {
    const values = [
      "",
      "=",
      "::",
      "::-",
      "0",
      "-1",
      "99999999999",
      "0x",
      "a:b",
      "1.2.3.4-::",
      "\u0000",
      "💥",
      '"',
      "<X>",
      "/",
      "no",
    ];
    for (const option of Object.keys(KNOWN_OPTIONS)) {
      for (const value of values) expect(() => check(`${option}=${value}\n`)).not.toThrow();
    }
  });

  it("come by line", () => {
    const lines = check("min-port=70000\nfingerprnt\nno-auth\nlt-cred-mech\n").map(
      ({ line }) => line ?? Number.POSITIVE_INFINITY,
    );
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });

  it("of an empty file are one", () => {
    expect(check("# nothing\n").map(({ rule }) => rule)).toEqual(["empty-file"]);
  });
});

describe("the files of the requirements", () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../scenarios/configs/${name}.turnserver.conf`, import.meta.url), "utf8");
  const errors = (text: string, needs: Partial<CheckNeeds>, values: Record<string, string>) =>
    check(text, { needs: { ...NEEDS, ...needs }, values }).flatMap(({ severity, rule, line, found }) =>
      severity === "error" ? [`${line} ${rule}: ${found}`] : [],
    );
  const RANGES = GOOD.split("\n")
    .filter((line) => line.startsWith("denied-peer-ip"))
    .join("\n");

  const SCRUM = { YOUR_VM_EXTERNAL_IP: "34.77.1.10", YOUR_VM_INTERNAL_IP: "10.128.0.2" };
  const scrumUrls = [
    "turn:34.77.1.10:3478",
    "turn:34.77.1.10:3478?transport=tcp",
    "turns:34.77.1.10:5349?transport=tcp",
  ];

  it("scrum's has no certificate behind its turns: URL, and relays into its own network", () => {
    expect(errors(fixture("scrum"), { urls: scrumUrls }, SCRUM)).toEqual([
      "3 url-without-listener: nothing over tls",
      "3 certificate: no cert and no pkey",
      "null denied-peer-missing: none",
    ]);
  });

  it("scrum's passes when it is mended", () => {
    const mended = `${fixture("scrum").replace("external-ip=YOUR_VM_EXTERNAL_IP", "external-ip=YOUR_VM_EXTERNAL_IP/YOUR_VM_INTERNAL_IP")}
cert=/etc/coturn/fullchain.pem
pkey=/etc/coturn/privkey.pem
${RANGES}
`;
    expect(errors(mended, { urls: scrumUrls }, SCRUM)).toEqual([]);
  });

  it("scrum's ranges without the private half of external-ip would deny its own relays", () => {
    expect(errors(`${fixture("scrum")}\ncert=/c\npkey=/k\n${RANGES}\n`, { urls: scrumUrls }, SCRUM)).toEqual([
      "33 acl-denies-own-relay: denied-peer-ip=10.0.0.0-10.255.255.255",
    ]);
  });

  const QRING = {
    TURN_PUBLIC_IP: "34.77.1.10",
    TURN_REALM_FQDN: "turn.useqring.online",
    TURN_USERNAME: "qring",
    TURN_PASSWORD: "w0nderland-9xq",
  };
  const qringUrls = ["turn:turn.useqring.online:3478?transport=udp", "turns:turn.useqring.online:5349?transport=tcp"];

  it("qring's relays into its own network, and passes when it is mended", () => {
    expect(errors(fixture("qring"), { urls: qringUrls }, QRING)).toEqual(["null denied-peer-missing: none"]);
    expect(errors(`${fixture("qring")}\n${RANGES}\n`, { urls: qringUrls }, QRING)).toEqual([]);
    expect(told(fixture("qring"), { needs: { ...NEEDS, urls: qringUrls }, values: QRING })).toContain(
      "warning no-listener-443",
    );
  });

  it("are templates without values: what is to be filled is told, and all else as well", () => {
    const findings = check(fixture("qring"), { needs: null }).filter(({ severity }) => severity === "error");
    expect(findings.map(({ line, rule }) => `${line} ${rule}`)).toEqual([
      "4 placeholder",
      "12 placeholder",
      "13 placeholder",
      "null denied-peer-missing",
    ]);
  });
});
