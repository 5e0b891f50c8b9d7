import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findingsOfVersion } from "./option-findings.ts";
import { parseConfig } from "./parse-config.ts";
import { readConfig } from "./read-config.ts";
import { maskSecrets } from "./secrets.ts";
import { isKnownTo } from "./version.ts";

type Values = Record<string, string>;

function read(text: string, values: Values = {}, version: string | null = "4.6.1") {
  return readConfig({
    file: "turnserver.conf",
    text,
    values: new Map(Object.entries(values)),
    version,
    makeSecret: () => "made-by-the-lab",
  });
}

const AUTH = "lt-cred-mech\nuser=alice:pa55word\nrealm=turn.example.org\ncert=/c\npkey=/k\n";
/** `LINE severity found` of each finding; what is right about AUTH says nothing. */
const told = (text: string, version?: string | null) =>
  read(AUTH + text, {}, version).findings.map(({ line, severity, found }) => `${line} ${severity} ${found}`);

describe("the files of the requirements", () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../scenarios/configs/${name}.turnserver.conf`, import.meta.url), "utf8");

  it("runs scrum's with its two addresses, and makes its password up", () => {
    const { config, findings, placeholders } = read(fixture("scrum"), {
      YOUR_VM_EXTERNAL_IP: "34.1.2.3",
      YOUR_VM_INTERNAL_IP: "10.128.0.2",
    });
    expect(findings.map(({ severity, found }) => `${severity} ${found}`)).toEqual(["warning no cert and no pkey"]);
    expect(placeholders).toEqual(["YOUR_VM_EXTERNAL_IP", "YOUR_VM_INTERNAL_IP", "GENERATE_STRONG_PASSWORD"]);
    expect(config).toMatchObject({
      invented: [{ name: "GENERATE_STRONG_PASSWORD", line: 15 }],
      facts: {
        place: { publicAddress: "34.1.2.3", privateAddress: "10.128.0.2" },
        realm: "scrum.yourdomain.com",
        hostname: "scrum.yourdomain.com",
        credential: { kind: "user", username: "scrum", password: "made-by-the-lab" },
        relay: { address: "10.128.0.2", minPort: 49_152, maxPort: 65_535 },
        files: { cert: null, log: "/var/log/turnserver.log" },
      },
    });
    expect(config?.text).toBe(
      fixture("scrum")
        .replace("=YOUR_VM_EXTERNAL_IP", "=34.1.2.3")
        .replace("=YOUR_VM_INTERNAL_IP", "=10.128.0.2")
        .replace(":GENERATE_STRONG_PASSWORD", ":made-by-the-lab"),
    );
  });

  it("says which of qring's placeholders are open, and invents no address, name or user", () => {
    const { config, findings } = read(fixture("qring"), { TURN_USERNAME: "qring" });
    expect(config).toBeNull();
    expect(
      findings.filter(({ severity }) => severity === "fault").map(({ line, found }) => `${line} ${found}`),
    ).toEqual(["4 the placeholder <TURN_PUBLIC_IP>", "12 the placeholder <TURN_REALM_FQDN>"]);
  });

  it("runs qring's with all of them", () => {
    const { config } = read(fixture("qring"), {
      TURN_PUBLIC_IP: "102.37.1.1",
      TURN_REALM_FQDN: "turn.useqring.online",
      TURN_USERNAME: "qring",
      TURN_PASSWORD: "s3cret",
    });
    expect(config?.warnings).toEqual([]);
    expect(config?.filled).toHaveLength(4);
    expect(config?.facts.credential).toEqual({ kind: "user", username: "qring", password: "s3cret" });
    expect(config?.text).toContain("replace <TURN_PUBLIC_IP>,");
  });
});

describe("placeholders", () => {
  it.each(["<NAME>", `$${"{NAME}"}`, "{{ name }}", "__name__", "$NAME", "YOUR_NAME", "CHANGE_ME", "REPLACE_WITH_IP"])(
    "knows %s",
    (text) => {
      expect(read(`external-ip=${text}\n`).placeholders).toHaveLength(1);
    },
  );

  it.each(["user=a:pa$WORD", "realm=MY_REALM", "user=a:Your_Name", "# <NAME>"])(
    "takes nothing in %s for one",
    (line) => {
      expect(read(`${line}\nfingerprint\n`).placeholders).toEqual([]);
    },
  );

  it("fills both sides of a pair, and all of a name", () => {
    const { config } = read(`${AUTH}external-ip=\${PUBLIC}/<PRIVATE>\n`, { PUBLIC: "34.1.2.3", PRIVATE: "10.0.0.4" });
    expect(config?.facts.place).toEqual({ publicAddress: "34.1.2.3", privateAddress: "10.0.0.4" });
  });

  it("asks for what was probably meant by a value of nearly that name", () => {
    expect(read("external-ip=<TURN_IP>", { TURN_PI: "1" }).findings[0]?.hint).toContain('Did you mean "TURN_PI"?');
  });
});

describe("lines", () => {
  it("accepts a file that coturn takes as it stands", () => {
    expect(told("external-ip=34.1.2.3/10.128.0.2\ndenied-peer-ip=10.0.0.0-10.255.255.255\nstale-nonce")).toEqual([]);
  });

  it.each([
    ["fingerprnt", '6 fault "fingerprnt"'],
    ["Realm=x", '6 fault "Realm"'],
    ["--no-cli", '6 fault "--no-cli"'],
    ["fingerprint # on", '6 fault "# on"'],
    ["use-auth-secret-not", '6 fault "use-auth-secret-not"'],
    ["min-port=many", '6 fault "many"'],
    ["min-port=70000", '6 fault "70000"'],
    ["max-port=60000x", '6 warning "60000x"'],
    ["listening-ip=eth0", '6 fault "eth0"'],
    ["external-ip=turn.example.org", '6 fault "turn.example.org"'],
    ["external-ip=1.2.3.4/", '6 fault "1.2.3.4/"'],
    ["denied-peer-ip=10.0.0.0/8", '6 fault "10.0.0.0/8"'],
    ["denied-peer-ip=10.0.0.9-10.0.0.1", '6 fault "10.0.0.9-10.0.0.1"'],
    ["aux-server=1.2.3.4", '6 fault "1.2.3.4"'],
    ["relay-ip", "6 fault no value"],
    ["server-name=turn # mine", '6 warning "turn # mine"'],
    ["server-name=turn;", '6 warning "turn;"'],
    ["no-auth-pings=0", '6 warning "0"'],
    ["allocation-default-address-family=ipv5", '6 fault "ipv5"'],
    [`server-name=${"x".repeat(1100)}`, "6 fault 1112 bytes"],
  ])("finds what is wrong with %j", (line, finding) => {
    expect(told(line)).toEqual([finding]);
  });

  it("writes the range that a prefix was to be", () => {
    expect(read("denied-peer-ip=172.16.3.0/12").findings[0]?.hint).toContain("172.16.0.0-172.31.255.255");
  });

  it("tells what another version knows, and refuses it only where calls would go another way", () => {
    expect(told("dtls")).toEqual(['6 fault "dtls"']);
    expect(told("log-min-level=info")).toEqual(['6 warning "log-min-level"']);
    expect(told("prometheus")).toEqual(['6 warning "prometheus"']);
    expect(told("dtls", "4.17.0")).toEqual([]);
    expect(told("no-tlsv1", "4.17.0")).toEqual(['6 fault "no-tlsv1"']);
    expect(told("no-dtls", "4.17.0")).toEqual(['6 warning "no-dtls"']);
    expect(told("dtls\nno-tlsv1", null)).toEqual([]);
    expect(findingsOfVersion(parseConfig("dtls\nno-dtls\nmax-port=60000x"), "4.6.1").map(({ line }) => line)).toEqual([
      1,
    ]);
    expect(findingsOfVersion(parseConfig("dtls\nno-dtls\nmax-port=60000x"), "4.17.0").map(({ line }) => line)).toEqual([
      2,
    ]);
    expect(isKnownTo({ kind: "flag", since: "4.10.0" }, "4.9.0")).toBe(false);
  });
});

describe("contradictions", () => {
  it.each([
    ["min-port=60000\nmax-port=50000", "6 fault 60000"],
    ["max-port=40000", "6 fault 49152"],
    ["bps-capacity=1000", "6 fault none"],
    ["no-udp-relay\nno-tcp-relay", "6 fault both"],
    ["no-udp\nno-tcp\nno-tls", "8 fault no-udp, no-tcp and no-tls"],
    ["stun-only", "6 fault stun-only"],
    ["listening-port=5349", "6 warning 5349"],
    ["aux-server=1.2.3.4:3478", '6 warning "1.2.3.4:3478"'],
    ["min-port=3000", "6 warning port 3478 and 5349 in 3000-65535"],
    ["allow-loopback-peers", "6 fault neither"],
    ["allow-loopback-peers\nno-cli", "6 warning allow-loopback-peers"],
    ["CA-file=/ca.pem", "6 warning CA-file"],
    ["psql-userdb=host=db password=x", "6 fault psql-userdb"],
    ["userdb=/var/lib/turn/turndb", "6 warning userdb"],
    ["realm=other.example.org", "3 warning realm here too"],
    ["static-auth-secret=abcdef", "2 warning both"],
    ["alternate-server=1.2.3.4:3478", "6 warning alternate-server=1.2.3.4:3478"],
  ])("finds %j", (text, finding) => {
    expect(told(text)).toEqual([finding]);
  });

  it("takes no version that nobody knows for one that would end over it", () => {
    expect(told("allow-loopback-peers", null)).toEqual(["6 warning allow-loopback-peers"]);
    expect(told("allow-loopback-peers", "4.16.0")).toEqual(["6 warning allow-loopback-peers"]);
  });

  it("finds no-auth beside what it contradicts", () => {
    expect(told("no-auth")).toEqual(["6 fault both", "6 warning none"]);
  });

  it("finds addresses that do not fit one machine", () => {
    expect(told("external-ip=34.1.2.3/10.0.0.2\nrelay-ip=10.0.0.3")).toEqual(["7 fault relay-ip with 10.0.0.3"]);
    expect(told("external-ip=34.1.2.3\nexternal-ip=34.1.2.4")).toEqual(['7 fault "34.1.2.4"']);
    expect(told("external-ip=34.1.2.3/10.0.0.2\nexternal-ip=34.1.2.4/10.0.0.2")).toEqual([
      "7 fault external-ip with 34.1.2.4",
    ]);
    expect(told("external-ip=34.1.2.3\nlistening-ip=34.1.2.5")).toEqual(["7 fault listening-ip with 34.1.2.5"]);
    expect(told("external-ip=2001:db8::1")).toEqual(["6 fault 2001:db8::1"]);
    expect(told("listening-ip=10.0.0.2")).toEqual(["6 warning no external-ip"]);
    expect(told("listening-ip=0.0.0.0\nlistening-ip=127.0.0.1\nexternal-ip=34.1.2.3")).toEqual([]);
  });

  it("warns of a server that asks nobody, of one without a realm, and of users that need a word more", () => {
    const warnings = (text: string) =>
      read(`cert=/c\npkey=/k\n${text}`).findings.map(({ found, expected }) => `${expected}: ${found}`);
    expect(warnings("fingerprint")).toEqual(["credentials that the server asks for: none"]);
    expect(warnings("user=a:b\nrealm=r")).toEqual(["lt-cred-mech beside user: none"]);
    expect(warnings("lt-cred-mech\nuser=a:b")).toEqual(["a realm: none"]);
  });
});

describe("where relay sockets are bound", () => {
  const bound = (text: string) => read(`realm=r\nuser=a:b\n${text}`).config?.facts.relay.address;

  it("is a relay-ip, else a listening-ip, and the machine's own where that means every address or is its loopback", () => {
    expect(bound("relay-ip=10.128.0.2\nlistening-ip=0.0.0.0")).toBe("10.128.0.2");
    expect(bound("listening-ip=127.0.0.1\nlistening-ip=10.128.0.2")).toBe("10.128.0.2");
    expect(bound("listening-ip=0.0.0.0")).toBeNull();
    expect(bound("listening-ip=::\nlistening-ip=0.0.0.0")).toBeNull();
  });
});

describe("what opens the server", () => {
  const opener = (text: string) => read(`realm=r.example\n${text}`).config?.facts.credential;

  it("is the first user with a password, or a key that gives none away", () => {
    expect(opener("user=a:0x00112233445566778899aabbccddeeff\nuser=b:c")).toEqual({
      kind: "user",
      username: "b",
      password: "c",
    });
    expect(opener("user=a:0x00112233445566778899aabbccddeeff")).toEqual({ kind: "hashed", line: 2 });
    expect(opener("user=a:x\nuser=a:y")).toMatchObject({ password: "y" });
  });

  it("is the secret where there is one, whoever the users are", () => {
    expect(opener("user=a:b\nstatic-auth-secret=s\nrest-api-separator=_")).toEqual({
      kind: "secret",
      secret: "s",
      separator: "_",
    });
  });

  it("is missing where the server asks for what the file has not", () => {
    expect(opener("use-auth-secret")).toEqual({
      kind: "missing",
      what: "secret",
      separator: ":",
      line: 2,
    });
    expect(opener("lt-cred-mech")).toEqual({ kind: "missing", what: "user", line: 2 });
    expect(opener("fingerprint")).toEqual({ kind: "open" });
  });
});

describe("secrets", () => {
  const SECRETS = ["pa55word", "ref-secret-1", "cli-pass-2", "typo-secret-3", "00ff00ff", "db-pass-4"];
  const text = [
    "user=alice:pa55word",
    "user=bob:0x00ff00ff",
    "static-auth-secret=ref-secret-1",
    "static-auth-secrt=typo-secret-3",
    "cli-password=cli-pass-2;",
    "psql-userdb=host=x password=db-pass-4",
    "ref-secret-1 alone on a line",
    "fingerprint=ref-secret-1",
  ].join("\n");

  it("stand in no finding", () => {
    const { findings } = read(text.split("\n").slice(0, 6).join("\n"));
    const said = JSON.stringify(findings);
    expect(findings.length).toBeGreaterThan(3);
    for (const secret of SECRETS) expect(said).not.toContain(secret);
  });

  it("are masked in what the server says, with what may be a misspelt one", () => {
    const { config } = read("user=alice:pa55word\nstatic-auth-secret=ref-secret-1\nno-cli");
    expect(maskSecrets("Wrong user account: alice:pa55word, ref-secret-1", config?.secrets ?? [])).toBe(
      "Wrong user account: ***, ***",
    );
  });
});
