import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CheckNeeds } from "../model/check.ts";
import { CHECK_RULES, checkConfig } from "./check-config.ts";
import { COMPARE_RULES } from "./compare-configs.ts";

/** A file of which nothing is an error, nor a warning but for what the version has. */
const GOOD = `listening-port=3478
tls-listening-port=443
listening-ip=10.128.0.2
relay-ip=10.128.0.2
external-ip=34.77.1.10/10.128.0.2
realm=turn.example.org
use-auth-secret
static-auth-secret=8a1e5b0c77d9f2436a10e9bd55c4f7e1
cert=/etc/coturn/fullchain.pem
pkey=/etc/coturn/privkey.pem
no-dtls
no-cli
no-rfc5780
no-software-attribute
no-multicast-peers
no-tcp-relay
denied-peer-ip=10.0.0.0-10.255.255.255
denied-peer-ip=172.16.0.0-172.31.255.255
denied-peer-ip=192.168.0.0-192.168.255.255
denied-peer-ip=169.254.0.0-169.254.255.255
denied-peer-ip=100.64.0.0-100.127.255.255
denied-peer-ip=192.0.0.0-192.0.0.255
denied-peer-ip=192.0.2.0-192.0.2.255
denied-peer-ip=192.88.99.0-192.88.99.255
denied-peer-ip=198.18.0.0-198.19.255.255
denied-peer-ip=198.51.100.0-198.51.100.255
denied-peer-ip=203.0.113.0-203.0.113.255
user-quota=12
total-quota=1200
max-bps=1250000
`;

const NEEDS: CheckNeeds = {
  urls: [
    "stun:turn.example.org:3478",
    "turn:turn.example.org:3478",
    "turn:turn.example.org:3478?transport=tcp",
    "turns:turn.example.org:443?transport=tcp",
  ],
  publicAddress: "34.77.1.10",
  concurrentCalls: 20,
  bitsPerSecond: 500_000,
  callSeconds: 3_600,
  credentialLifetimeS: 86_400,
  peerAddresses: [],
};

type Told = { version?: string | null; needs?: CheckNeeds | null; values?: Record<string, string> };

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

/** The good file without lines of these keys, and with these at its end. */
function edited(without: readonly string[], added: string): string {
  const kept = GOOD.split("\n").filter((line) => !without.includes(line.split("=")[0] ?? ""));
  return `${kept.join("\n")}${added}\n`;
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

/** A rule: what makes it fire, with its weight, and a near miss. `[without, added, input]`. */
type Case = [
  fires: string,
  without: string[],
  added: string,
  misses: [without: string[], added: string, Told?],
  input?: Told,
];

const NO_ACL = ["denied-peer-ip"];

const CASES: Case[] = [
  ["error unknown-option", [], "denied-peer-ips=10.0.0.1", [[], "denied-peer-ip=10.0.0.1"]],
  ["error option-of-other-version", [], "stateless-nonce", [[], "stateless-nonce", { version: "4.16.0" }]],
  ["warning option-of-other-version", [], "no-tlsv1", [[], "no-tlsv1", { version: "4.6.1" }], { version: "4.9.0" }],
  ["warning option-of-other-version", [], "no-loopback-peers", [[], "no-multicast-peers"]],
  ["error range-prefix", [], "denied-peer-ip=11.0.0.0/8", [[], "denied-peer-ip=11.0.0.0-11.0.0.1"]],
  ["error switch-off", [], "no-auth-pings=0", [[], "fingerprint=0"]],
  ["warning address", [], "web-admin-ip=admin.example.org", [[], "web-admin-ip=127.0.0.1"]],
  ["error no-auth-beside-auth", [], "no-auth", [[], "no-auth=no"]],
  [
    "error open-relay",
    ["use-auth-secret", "static-auth-secret"],
    "",
    [["use-auth-secret", "static-auth-secret"], "user=alice:w0nderland-9xq"],
  ],
  [
    "error open-relay",
    ["use-auth-secret", "static-auth-secret"],
    "no-auth",
    [["use-auth-secret", "static-auth-secret"], "lt-cred-mech"],
  ],
  [
    "error users-overruled",
    [],
    "user=alice:w0nderland-9xq",
    [["use-auth-secret", "static-auth-secret"], "lt-cred-mech\nuser=alice:w0nderland-9xq"],
  ],
  ["warning auth-modes", [], "lt-cred-mech", [[], "lt-cred-mech=no"]],
  ["warning realm", ["realm"], "", [["realm"], "realm=<REALM>"]],
  ["error external-ip-missing", ["external-ip"], "", [["external-ip"], "external-ip=<IP>"]],
  [
    "error client-certificates",
    [],
    "CA-file=/etc/ca.pem",
    [["cert", "pkey"], "CA-file=/etc/ca.pem\nno-tls\ntls-listening-port=no", {}],
  ],
  ["error loopback-peers", [], "allow-loopback-peers", [[], "allow-loopback-peers=no"]],
  ["error stun-only", [], "stun-only", [[], "stun-only=no"]],

  ["error url-without-listener", ["tls-listening-port"], "", [["tls-listening-port"], "aux-server=10.128.0.2:443"]],
  ["error url-without-listener", [], "no-udp", [[], "no-udp=off"]],
  [
    "error url-without-listener",
    [],
    "no-tcp",
    [[], "no-tcp", { needs: { ...NEEDS, urls: NEEDS.urls.filter((url) => !url.includes("3478?")) } }],
  ],
  [
    "error url-without-listener",
    ["listening-port"],
    "listening-port=3479",
    [["listening-port"], "listening-port=03478"],
  ],
  ["error certificate", ["pkey"], "", [["pkey", "cert", "tls-listening-port"], "", { needs: null }]],
  [
    "warning no-listener-443",
    ["tls-listening-port"],
    "",
    [["tls-listening-port", "listening-port"], "listening-port=443"],
  ],
  ["warning udp-only", [], "no-tcp\nno-tls", [[], "no-tcp"]],
  ["warning no-udp", [], "no-udp", [[], "no-udp=0"]],
  ["warning url-with-address", [], "", [[], ""], { needs: { ...NEEDS, urls: ["turns:34.77.1.10:443"] } }],
  [
    "error url-port-refused",
    ["tls-listening-port"],
    "tls-listening-port=444",
    [[], ""],
    { needs: { ...NEEDS, urls: ["turns:turn.example.org:444"] } },
  ],
  ["error stun-refused", [], "secure-stun", [[], "secure-stun=no"]],
  [
    "note stun-refused",
    [],
    "no-stun",
    [[], ""],
    { needs: { ...NEEDS, urls: ["stun:stun.example.net", ...NEEDS.urls.slice(1)] } },
  ],
  ["note dtls-off", ["no-dtls"], "", [["no-dtls"], "dtls", { version: "4.17.2" }], { version: "4.17.2" }],

  ["error external-ip-private", ["external-ip"], "external-ip=10.128.0.2", [[], ""]],
  [
    "error external-ip-other",
    ["external-ip"],
    "external-ip=34.77.1.11/10.128.0.2",
    [["external-ip"], "external-ip=34.77.1.11/10.128.0.2", { needs: null }],
  ],
  ["warning external-ip-example", ["external-ip"], "external-ip=203.0.113.9/10.128.0.2", [[], ""], { needs: null }],

  ["error acl-from-zero", [], "denied-peer-ip=::-::1", [[], "denied-peer-ip=::1"]],
  ["error acl-from-zero", [], "denied-peer-ip=0.0.0.0", [[], "denied-peer-ip=0.0.0.0-0.255.255.255"]],
  ["error acl-from-zero", [], "allowed-peer-ip=::-::1", [[], "denied-peer-ip=::1-::2"]],
  [
    "error acl-from-zero",
    [],
    "denied-peer-ip=::-ffff::\nallowed-peer-ip=34.1.1.1",
    [[], "denied-peer-ip=0.0.0.0-255.255.255.255\ndenied-peer-ip=::-ffff::\nallowed-peer-ip=34.1.1.1"],
  ],
  [
    "error acl-denies-own-relay",
    ["external-ip"],
    "external-ip=34.77.1.10",
    [["external-ip"], "external-ip=34.77.1.10\nallowed-peer-ip=10.128.0.2"],
  ],
  [
    "error acl-denies-own-relay",
    ["external-ip", "relay-ip", "listening-ip"],
    "denied-peer-ip=34.77.0.0-34.77.255.255",
    [[], "denied-peer-ip=34.78.0.0-34.78.255.255"],
  ],
  [
    "note acl-denies-own-relay",
    ["external-ip"],
    "external-ip=34.77.1.10\ndenied-peer-ip=0.0.0.0-255.255.255.255\nallowed-peer-ip=34.1.1.1",
    [[], ""],
  ],
  [
    "error acl-denies-everybody",
    [],
    "denied-peer-ip=0.0.0.0-255.255.255.255",
    [[], "denied-peer-ip=0.0.0.0-255.255.255.255\nallowed-peer-ip=34.1.1.1"],
  ],
  [
    "note acl-may-deny-own-relay",
    ["external-ip", "relay-ip", "listening-ip"],
    "external-ip=34.77.1.10",
    [["external-ip", "relay-ip", "listening-ip"], "external-ip=34.77.1.10/10.0.0.2"],
  ],
  [
    "error acl-denies-peer",
    [],
    "",
    [[], "allowed-peer-ip=10.4.0.9"],
    { needs: { ...NEEDS, peerAddresses: ["10.4.0.9"] } },
  ],
  [
    "error denied-peer-missing",
    NO_ACL,
    "",
    [NO_ACL, "denied-peer-ip=0.0.0.0-255.255.255.255\nallowed-peer-ip=34.1.1.1"],
  ],
  ["error denied-peer-missing", [], "allowed-peer-ip=10.0.0.0-10.255.255.255", [[], "allowed-peer-ip=10.4.0.9"]],
  [
    "warning denied-peer-missing",
    ["listening-ip", "relay-ip"],
    "",
    [["listening-ip", "relay-ip"], "", { version: "4.13.1" }],
  ],
  ["error denied-peer-missing", [], "relay-ip=2600:1901::5", [[], "relay-ip=10.128.0.3"]],
  ["warning denied-peer-special-missing", NO_ACL, "", [[], "no-multicast-peers"]],
  [
    "error denied-peer-overruled",
    [],
    "allowed-peer-ip=192.168.0.0-192.168.255.255",
    [[], "allowed-peer-ip=192.168.7.1-192.168.7.9"],
  ],
  ["error allowed-peer-ignored", [], "allowed-peer-ip=127.0.0.1", [[], "allowed-peer-ip=10.4.0.9"]],
  [
    "error allowed-peer-ignored",
    [],
    "allowed-peer-ip=169.254.7.7",
    [[], "allowed-peer-ip=169.254.7.7", { version: "4.6.1" }],
    { version: "4.16.0" },
  ],
  [
    "warning multicast-peers",
    ["no-multicast-peers"],
    "",
    [["no-multicast-peers"], "denied-peer-ip=224.0.0.0-239.255.255.255"],
  ],
  ["warning tcp-relay", ["no-tcp-relay"], "", [[], ""]],

  [
    "error known-secret",
    ["static-auth-secret"],
    "static-auth-secret=north",
    [["static-auth-secret"], "static-auth-secret=northern-lights-over-3-fjords"],
  ],
  [
    "error known-secret",
    ["use-auth-secret", "static-auth-secret"],
    "lt-cred-mech\nuser=test:test",
    [["use-auth-secret", "static-auth-secret"], "lt-cred-mech\nuser=test:t3st-9xq-w0nder"],
  ],
  [
    "warning short-secret",
    ["static-auth-secret"],
    "static-auth-secret=k3y-9xq",
    [["static-auth-secret"], "static-auth-secret=<SECRET>"],
  ],
  ["warning no-credential", ["static-auth-secret"], "", [["static-auth-secret"], 'psql-userdb="host=db"']],
  ["note fixed-user", ["use-auth-secret", "static-auth-secret"], "lt-cred-mech\nuser=alice:w0nderland-9xq", [[], ""]],
  ["error server-relay", [], "server-relay", [[], "server-relay=no"]],
  ["warning web-admin", [], "web-admin", [[], "web-admin=no"]],
  ["error web-admin", [], "web-admin\nweb-admin-ip=34.77.1.10", [[], "web-admin\nweb-admin-ip=127.0.0.1"]],
  ["error web-admin-on-workers", [], "web-admin\nweb-admin-listen-on-workers", [[], "web-admin"]],
  ["error cli-open", ["no-cli"], "cli-ip=0.0.0.0\ncli-password=k3y-9xq", [[], "cli-ip=0.0.0.0\ncli-password=k3y-9xq"]],
  ["note cli-on", ["no-cli"], "cli-password=$5$9d$e7", [["no-cli"], "cli-password=$5$9d$e7", { version: "4.10.0" }]],
  ["note cli-password-plain", ["no-cli"], "cli-password=k3y-9xq", [["no-cli"], "cli-password=$5$9d$e7"]],

  [
    "error capacity-caps-sessions",
    [],
    "bps-capacity=12500000",
    [[], "bps-capacity=50000000", { needs: { ...NEEDS, concurrentCalls: 20 } }],
  ],
  ["warning capacity-caps-sessions", [], "bps-capacity=62500000", [[], "bps-capacity=1500000000"]],
  ["error capacity-without-max-bps", ["max-bps"], "bps-capacity=62500000", [["max-bps"], "bps-capacity=0"]],
  ["error relay-range-small", [], "min-port=50000\nmax-port=50019", [[], "min-port=50000\nmax-port=51299"]],
  [
    "warning relay-range-small",
    [],
    "min-port=50000\nmax-port=50999",
    [["total-quota"], "min-port=50000\nmax-port=50999"],
  ],
  ["error total-quota-small", ["total-quota"], "total-quota=10", [["total-quota"], "total-quota=0"]],
  ["warning total-quota-small", ["total-quota"], "total-quota=100", [["total-quota"], "total-quota=120"]],
  ["error user-quota-small", ["user-quota"], "user-quota=1", [["user-quota"], "user-quota=6"]],
  ["warning user-quota-small", ["user-quota"], "user-quota=4", [["user-quota"], "user-quota=0"]],
  [
    "error user-quota-small",
    ["use-auth-secret", "static-auth-secret"],
    "lt-cred-mech\nuser=alice:w0nderland-9xq",
    [
      ["user-quota", "use-auth-secret", "static-auth-secret"],
      "lt-cred-mech\nuser=alice:w0nderland-9xq\nuser-quota=120",
    ],
  ],
  ["warning total-quota-below-user-quota", ["user-quota"], "user-quota=1300", [["user-quota"], "user-quota=1200"]],
  ["error max-bps-small", ["max-bps"], "max-bps=60000", [["max-bps"], "max-bps=80000"]],
  ["warning max-bps-small", ["max-bps"], "max-bps=70000", [["max-bps"], "max-bps=0"]],
  ["warning no-quota", ["user-quota", "total-quota"], "total-quota=0", [["user-quota"], ""]],
  ["note no-bandwidth-limit", ["max-bps"], "", [[], ""]],

  ["error stale-nonce-short", [], "stale-nonce=5", [[], "stale-nonce=0"]],
  ["warning stale-nonce-short", [], "stale-nonce=30", [[], "stale-nonce"]],
  ["note nonce-endless", [], "stale-nonce=0", [[], "stale-nonce=600"]],
  ["error permission-lifetime-short", [], "permission-lifetime=60", [[], "permission-lifetime=300"]],
  ["error channel-lifetime-short", [], "channel-lifetime=120", [[], "channel-lifetime=600"]],
  ["warning channel-lifetime-short", [], "channel-lifetime=300", [[], "channel-lifetime"]],
  ["error allocate-lifetime-short", [], "max-allocate-lifetime=10", [[], "max-allocate-lifetime=600"]],
  ["warning allocate-lifetime-short", [], "max-allocate-lifetime=60", [[], "max-allocate-lifetime"]],
  ["error allocate-timeout-short", [], "max-allocate-timeout=3", [[], "max-allocate-timeout=60"]],

  ["warning old-tls", [], "tlsv1", [[], "tlsv1=no"], { version: "4.9.0" }],
  ["warning old-tls", [], "", [[], "no-tlsv1\nno-tlsv1_1", { version: "4.6.2" }], { version: "4.6.2" }],
  ["note tls-flags-inverted", [], "no-tlsv1", [[], "no-tlsv1", { version: "4.6.2" }]],
  ["warning no-tls-1-2", [], "no-tlsv1_2", [[], "no-tlsv1_2=no"], { version: "4.9.0" }],
  ["error no-tls-1-2", [], "no-tlsv1_2", [[], "no-tlsv1"]],
  [
    "error cipher-list-strange",
    [],
    "cipher-list=ECDHE-RSA-AES256-CCM8",
    [[], "cipher-list=ECDHE-RSA-AES128-GCM-SHA256"],
  ],
  ["error cipher-list-strange", [], "cipher-list=NULL:aNULL", [[], 'cipher-list="HIGH:!aNULL"']],
  ["warning cipher-list-strange", [], "cipher-list=RC4", [[], "cipher-list=DEFAULT"], { version: "4.9.0" }],
  ["warning rfc3489", [], "rfc3489-compatibility", [[], "rfc3489-compatibility=no"], { version: "4.16.0" }],
  ["note nat-discovery", ["no-rfc5780"], "", [["no-rfc5780"], "", { version: "4.7.0" }]],
  ["note tells-version", ["no-software-attribute"], "", [["no-software-attribute"], "", { version: "4.7.0" }]],
  ["note tells-reason", [], "include-reason-string", [[], "include-reason-string=no"], { version: "4.10.0" }],
  ["warning metrics-by-user", [], "prometheus\nprometheus-username-labels", [[], "prometheus"], { version: "4.9.0" }],
  ["note metrics-open", [], "prometheus", [[], "prometheus\nprometheus-address=127.0.0.1"], { version: "4.9.0" }],
  ["warning mobility", [], "mobility", [[], "mobility", { version: "4.17.2" }]],
  ["error ttl-one", [], "", [[], "", { version: "4.17.2" }], { version: "4.17.0" }],
  ["error placeholder", ["realm"], "realm=<REALM>", [["realm"], "realm=<REALM>", { values: { REALM: "a.example" } }]],
  ["note secret-placeholder", ["static-auth-secret"], "static-auth-secret=<SECRET>", [[], "# <SECRET>"]],
];

/** Lines that every reading of a file finds something about (`read-config.test.ts`), as the check weighs it. */
const READING: [fires: string, lines: string, version?: string][] = [
  ["warning deprecated-option", "keep-address-family"],
  ["warning option-not-built-in", "prometheus"],
  ["warning option-without-effect", "no-sslv2"],
  ["error line-too-long", `cipher-list=${"A".repeat(1100)}`],
  ["error nul-byte", "server-name=a\0b"],
  ["warning semicolon", "server-name=a;"],
  ["warning comment-behind-value", "server-name=a # b"],
  ["error flag-value", "fingerprint # on"],
  ["error value-missing", "min-port"],
  ["error number", "min-port=many"],
  ["error number-range", "min-port=70000"],
  ["warning number-tail", "min-port=50000x"],
  ["error word", "allocation-default-address-family=ipv5"],
  ["error address", "relay-ip=eth0"],
  ["error external-address", "external-ip=1.2.3.4/"],
  ["warning external-address", "external-ip=turn.example.org"],
  ["error address-port", "aux-server=1.2.3.4"],
  ["error range", "denied-peer-ip=10.0.0.1-"],
  ["error range-family", "denied-peer-ip=10.0.0.1-fe80::1"],
  ["error range-order", "denied-peer-ip=10.0.0.9-10.0.0.1"],
  ["error user", "user=alice"],
  ["error user-key", "user=alice:0xabc"],
  ["warning repeated-option", "realm=another.example"],
  ["error port-order", "min-port=50000\nmax-port=40000"],
  ["error no-relay-transport", "no-udp-relay"],
  ["error no-transport", "no-udp\nno-tcp\nno-tls"],
  ["error loopback-peers-with-cli", "no-cli=no\nallow-loopback-peers"],
  ["note oauth", "oauth"],
  ["warning alternate-server", "alternate-server=34.1.2.3:3478"],
  ["warning same-port", "listening-port=443"],
  ["warning listener-in-relay-range", "min-port=3000"],
  ["error external-ip-repeated", "external-ip=34.1.1.1\nexternal-ip=34.1.1.2"],
];

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
