import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { CheckNeeds } from "../model/check.ts";
import { COMPARE_RULES, compareConfigs } from "./compare-configs.ts";

const SECRET = "8a1e5b0c77d9f2436a10e9bd55c4f7e1";
const BASE = `listening-port=3478
tls-listening-port=443
listening-ip=10.128.0.2
relay-ip=10.128.0.2
external-ip=34.77.1.10/10.128.0.2
realm=turn.example.org
use-auth-secret
static-auth-secret=${SECRET}
cert=/etc/coturn/fullchain.pem
pkey=/etc/coturn/privkey.pem
cipher-list=ECDHE-RSA-AES128-GCM-SHA256
no-multicast-peers
no-tcp-relay
allowed-peer-ip=10.4.0.9
denied-peer-ip=10.0.0.0-10.255.255.255
denied-peer-ip=192.168.0.0-192.168.255.255
user-quota=12
total-quota=1200
max-bps=1250000
bps-capacity=125000000
min-port=50000
max-port=59999
stale-nonce=600
`;
const USERS = BASE.replace(
  /use-auth-secret\nstatic-auth-secret=.*\n/,
  "lt-cred-mech\nuser=alice:w0nderland-9xq\nuser=bob:b1lder-7tz\n",
);
const keyOf = (user: string, realm: string, password: string) =>
  `0x${createHash("md5").update(`${user}:${realm}:${password}`).digest("hex")}`;
const KEYS = BASE.replace(
  /use-auth-secret\nstatic-auth-secret=.*\n/,
  `lt-cred-mech\nuser=alice:${keyOf("alice", "turn.example.org", "w0nderland-9xq")}\n`,
);

type Told = { version?: string | null; needs?: CheckNeeds };

function compare(baseline: string, candidate: string, { version = "4.6.1", needs }: Told = {}) {
  const input = (text: string) => ({ file: "new.conf", text, values: new Map(), version, ...(needs ? { needs } : {}) });
  return compareConfigs(input(baseline), input(candidate));
}

const told = (baseline: string, candidate: string, input: Told = {}) =>
  compare(baseline, candidate, input).map(({ severity, rule, line }) => `${severity} ${rule} ${line}`);

/** The line that begins with a text, replaced; an empty line keeps the numbers. */
function swapped(text: string, line: string, by: string): string {
  const lines = text.split("\n");
  const at = lines.findIndex((each) => each.startsWith(line));
  if (at === -1) throw new Error(`no line begins with ${line}`);
  return lines.with(at, by).join("\n");
}

describe("what clients notice", () => {
  it.each([
    ["error secret-changed 8", "static-auth-secret", "static-auth-secret=another-secret-of-31-characters"],
    ["error secret-changed 7", "static-auth-secret", ""],
    ["warning realm-changed 6", "realm", "realm=other.example.org"],
    ["error realm-changed null", "realm", ""],
    ["error listener-removed 1", "listening-port", "listening-port=3479"],
    ["error listener-removed 2", "tls-listening-port", "tls-listening-port=5349"],
    ["error listener-removed 12", "no-multicast-peers", "no-udp\nno-multicast-peers"],
    ["error tls-removed 9", "pkey", ""],
    ["error tls-removed 12", "no-multicast-peers", "no-tls\nno-multicast-peers"],
    ["warning dtls-removed 12", "no-multicast-peers", "no-dtls\nno-multicast-peers"],
    ["note certificate-changed 9", "cert", "cert=/etc/coturn/other.pem"],
    ["error ciphers-changed 11", "cipher-list", "cipher-list=RC4-SHA"],
    ["error external-ip-changed 5", "external-ip", "external-ip=34.77.1.11/10.128.0.2"],
    ["error external-ip-changed null", "external-ip", ""],
    ["error own-address-changed 4", "relay-ip", "relay-ip=10.128.0.3"],
    ["error own-address-changed 5", "external-ip", "external-ip=34.77.1.10/10.128.0.3"],
    ["warning stun-withdrawn 12", "no-multicast-peers", "secure-stun\nno-multicast-peers"],
    ["warning limit-lowered 17", "user-quota", "user-quota=2"],
    ["warning limit-lowered 19", "max-bps", "max-bps=125000"],
    ["warning capacity-lowered 20", "bps-capacity", "bps-capacity=12500000"],
    ["warning relay-range-changed 22", "max-port", "max-port=50010"],
    ["warning relay-range-changed 21", "min-port", "min-port=40000"],
    ["error lifetime-shortened 23", "stale-nonce", "stale-nonce=4"],
    ["warning lifetime-shortened 23", "stale-nonce", "stale-nonce=60"],
    ["error lifetime-shortened 12", "no-multicast-peers", "permission-lifetime=60\nno-multicast-peers"],
    ["error acl-tightened 12", "no-multicast-peers", "denied-peer-ip=34.0.0.0-35.255.255.255\nno-multicast-peers"],
    ["error acl-tightened 12", "no-multicast-peers", "denied-peer-ip=::-::1\nno-multicast-peers"],
    ["warning acl-tightened 12", "no-multicast-peers", "denied-peer-ip=168.63.129.16\nno-multicast-peers"],
    ["error separator-changed 12", "no-multicast-peers", "rest-api-separator=-\nno-multicast-peers"],
    ["error acl-exception-removed 15", "allowed-peer-ip", ""],
    ["error protection-removed null", "denied-peer-ip=192", ""],
    ["error protection-removed null", "no-tcp-relay", ""],
    ["error protection-removed null", "no-multicast-peers", ""],
  ])("%s: with %s as %j", (fires, line, by) => {
    expect(told(BASE, swapped(BASE, line, by))).toContain(fires);
  });

  it("is a user who is gone, and one with another password", () => {
    expect(told(USERS, swapped(USERS, "user=bob", ""))).toEqual(["error user-changed 8"]);
    expect(told(USERS, swapped(USERS, "user=bob", "user=bob:another-9xq"))).toEqual(["error user-changed 9"]);
  });

  it("is another way to authenticate", () => {
    expect(told(USERS, BASE)).toEqual(["error auth-mode-changed 8"]);
    expect(told(BASE, USERS)).toEqual(["error auth-mode-changed 9"]);
  });

  it("is a realm under hashed keys", () => {
    expect(told(KEYS, swapped(KEYS, "realm", "realm=other.example.org"))).toEqual([
      "error realm-under-keys 6",
      "warning realm-changed 6",
    ]);
  });

  it("is one listener for each URL that is lost, and less than an error where no client has one", () => {
    const needs: CheckNeeds = {
      urls: ["turn:turn.example.org:3478"],
      publicAddress: null,
      concurrentCalls: 20,
      bitsPerSecond: 500_000,
      callSeconds: 3_600,
      credentialLifetimeS: null,
      peerAddresses: [],
    };
    const moved = swapped(BASE, "listening-port", "listening-port=3479");
    expect(told(BASE, moved, { needs })).toEqual(["error listener-removed 1", "warning listener-removed 1"]);
  });

  it("holds no secret", () => {
    const all = JSON.stringify([
      compare(BASE, swapped(BASE, "static-auth-secret", "static-auth-secret=another-secret")),
      compare(USERS, swapped(USERS, "user=bob", "user=bob:another-secret")),
      compare(USERS, BASE),
    ]);
    for (const secret of [SECRET, "another-secret", "w0nderland", "b1lder"]) expect(all).not.toContain(secret);
  });

  it("has a case for each rule", () => {
    const source = [
      ...["secret-changed", "realm-changed", "listener-removed", "tls-removed", "dtls-removed", "certificate-changed"],
      ...["ciphers-changed", "external-ip-changed", "own-address-changed", "stun-withdrawn", "limit-lowered"],
      ...["capacity-lowered", "relay-range-changed", "lifetime-shortened", "acl-tightened", "acl-exception-removed"],
      ...["protection-removed", "user-changed", "separator-changed", "auth-mode-changed", "realm-under-keys"],
    ];
    expect(COMPARE_RULES.map(({ id }) => id).toSorted()).toEqual(source.toSorted());
  });
});

describe("what clients do not notice", () => {
  const prepend = (line: string) => `${line}\n${BASE}`;
  it.each([
    ["the same file", BASE],
    ["comments and blank lines", `# new\n\n${BASE.replaceAll("\n", "\n\n")}# end\n`],
    ["another order", BASE.split("\n").toReversed().join("\n")],
    ["windows' line ends", BASE.replaceAll("\n", "\r\n")],
    ["blanks around =", BASE.replaceAll("=", " = ")],
    ["quotes", swapped(BASE, "realm", 'realm="turn.example.org"')],
    [
      "a default that is written out",
      prepend("no-udp=no\nchannel-lifetime=600\npermission-lifetime=300\nmax-allocate-lifetime"),
    ],
    ["a default that is left out", swapped(swapped(BASE, "stale-nonce", ""), "listening-port", "")],
    [
      "higher quotas",
      swapped(swapped(swapped(BASE, "user-quota", "user-quota=24"), "total-quota", ""), "max-bps", "max-bps=1250000 "),
    ],
    ["a further secret", prepend("static-auth-secret=a-new-secret-to-roll-over-to")],
    ["a further listener", prepend("aux-server=10.128.0.2:80")],
    [
      "a port that takes the other's clients",
      swapped(
        swapped(BASE, "listening-port", "listening-port=3478"),
        "tls-listening-port",
        "tls-listening-port=5349\naux-server=10.128.0.2:443",
      ),
    ],
    [
      "more ciphers",
      swapped(BASE, "cipher-list", "cipher-list=ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"),
    ],
    [
      "private ranges that are denied as well",
      prepend("denied-peer-ip=172.16.0.0-172.31.255.255\ndenied-peer-ip=169.254.0.0-169.254.255.255"),
    ],
    [
      "one range in two halves",
      swapped(
        BASE,
        "denied-peer-ip=192",
        "denied-peer-ip=192.168.0.0-192.168.127.255\ndenied-peer-ip=192.168.128.0-192.168.255.255",
      ),
    ],
    ["the separator that is the usual", prepend("rest-api-separator=:")],
    ["a longer nonce", swapped(BASE, "stale-nonce", "stale-nonce=3600")],
    ["logs", prepend("verbose\nlog-file=stdout\nsimple-log\nfingerprint")],
    ["no-udp that is off", prepend("no-udp=off")],
  ])("%s", (_name, candidate) => {
    expect(compare(BASE, candidate)).toEqual([]);
  });

  it("a password in the place of its key, and the other way round", () => {
    const hashed = swapped(
      swapped(USERS, "user=alice", `user=alice:${keyOf("alice", "turn.example.org", "w0nderland-9xq")}`),
      "user=bob",
      `user=bob:${keyOf("bob", "turn.example.org", "b1lder-7tz")}`,
    );
    expect(told(USERS, hashed)).toEqual([]);
    expect(told(hashed, USERS)).toEqual([]);
  });

  it("a key for another realm beside a realm that changes is none of a password", () => {
    const other = swapped(USERS, "realm", "realm=other.example.org");
    expect(told(USERS, other)).toEqual(["warning realm-changed 6"]);
  });

  it("external-ip with the private half that relay-ip says", () => {
    const plain = swapped(BASE, "external-ip", "external-ip=34.77.1.10");
    expect(told(plain, BASE)).toEqual([]);
  });

  it("placeholders that are the same in both", () => {
    const template = swapped(
      swapped(BASE, "static-auth-secret", "static-auth-secret=<SECRET>"),
      "external-ip",
      "external-ip=<IP>",
    );
    expect(told(template, template)).toEqual([]);
    expect(told(BASE, template)).toEqual([]);
    expect(told(BASE, swapped(BASE, "tls-listening-port", "tls-listening-port=<PORT>"))).toEqual([]);
  });
});
