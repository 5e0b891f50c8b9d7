import type { CheckNeeds } from "../model/check.ts";

/** For tests of the check: a good file, and one change of it for each rule. */

/** A file of which nothing is an error, nor a warning but for what the version has. */
export const GOOD = `listening-port=3478
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

export const NEEDS: CheckNeeds = {
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

export type Told = { version?: string | null; needs?: CheckNeeds | null; values?: Record<string, string> };

/** The good file without lines of these keys, and with these at its end. */
export function edited(without: readonly string[], added: string): string {
  const kept = GOOD.split("\n").filter((line) => !without.includes(line.split("=")[0] ?? ""));
  return `${kept.join("\n")}${added}\n`;
}

/** A rule: what makes it fire, with its weight, and a near miss. `[without, added, input]`. */
export type Case = [
  fires: string,
  without: string[],
  added: string,
  misses: [without: string[], added: string, Told?],
  input?: Told,
];

const NO_ACL = ["denied-peer-ip"];

export const CASES: Case[] = [
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
  [
    "error certificate-leaf",
    ["cert"],
    "cert=/etc/letsencrypt/live/turn.example.org/cert.pem",
    [["cert"], "cert=/etc/letsencrypt/live/turn.example.org/fullchain.pem"],
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
  [
    "warning ratelimit-by-address",
    [],
    "unauthorized-ratelimit\nunauthorized-ratelimit-rps=2",
    [[], "unauthorized-ratelimit\nunauthorized-ratelimit-rps=50"],
    { version: "4.14.0" },
  ],
  ["note ratelimit-by-address", [], "unauthorized-ratelimit", [[], ""], { version: "4.14.0" }],
  ["warning metrics-by-user", [], "prometheus\nprometheus-username-labels", [[], "prometheus"], { version: "4.9.0" }],
  ["note metrics-open", [], "prometheus", [[], "prometheus\nprometheus-address=127.0.0.1"], { version: "4.9.0" }],
  ["error mobility", [], "mobility", [[], "mobility=no"]],
  ["warning mobility", [], "mobility", [[], "mobility", { version: "4.17.2" }], { version: "4.16.0" }],
  ["error ttl-one", [], "", [[], "", { version: "4.17.2" }], { version: "4.17.0" }],
  [
    "error relays-ipv6",
    ["relay-ip"],
    "relay-ip=10.128.0.2\nallocation-default-address-family=ipv6",
    [["relay-ip"], "relay-ip=10.128.0.2\nallocation-default-address-family=keep"],
  ],
  [
    "warning relays-ipv6",
    ["relay-ip", "listening-ip"],
    "allocation-default-address-family=ipv6",
    [[], "allocation-default-address-family=ipv4"],
  ],
  ["error placeholder", ["realm"], "realm=<REALM>", [["realm"], "realm=<REALM>", { values: { REALM: "a.example" } }]],
  ["note secret-placeholder", ["static-auth-secret"], "static-auth-secret=<SECRET>", [[], "# <SECRET>"]],
];

/** Lines that every reading of a file finds something about (`read-config.test.ts`), as the check weighs it. */
export const READING: [fires: string, lines: string, version?: string][] = [
  ["note deprecated-option", "keep-address-family"],
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
