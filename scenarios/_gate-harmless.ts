import type { GateMutation } from "../lab/index.ts";

/** Edits that no client and no attacker can tell. */
export const harmless: readonly GateMutation[] = [
  {
    name: "comment-added",
    why: "A comment on a line of its own says nothing to coturn.",
    change: [
      { add: "# Asked for by the support team.\n# denied-peer-ip=34.90.0.0-34.90.255.255", after: "allowed-peer-ip" },
    ],
  },
  {
    name: "comment-removed",
    why: "A comment says nothing to coturn.",
    change: [{ remove: "# How it runs." }],
  },
  {
    name: "options-in-another-order",
    why: "Options that do not repeat count wherever they stand.",
    change: [{ swap: ["external-ip", "no-cli"] }, { swap: ["realm", "max-bps"] }, { swap: ["cert", "fingerprint"] }],
  },
  {
    name: "acl-in-another-order",
    why: "Of denied ranges each counts by itself.",
    change: [{ swap: ["denied-peer-ip=10.0.0.0-10.255.255.255", "denied-peer-ip=240.0.0.0-255.255.255.255"] }],
  },
  {
    name: "blank-lines-added",
    why: "Blank lines say nothing to coturn.",
    change: [
      { add: "\n", after: "fingerprint" },
      { add: "", after: "use-auth-secret" },
    ],
  },
  {
    name: "windows-line-ends",
    why: "coturn takes blanks and carriage returns off the end of a line.",
    change: [{ lineEndings: "crlf" }],
  },
  {
    name: "values-in-quotes",
    why: "coturn takes quotes off a value, and blanks around the sign before it.",
    change: [
      { replace: "realm", with: 'realm = "turn.example.org"' },
      { replace: "stale-nonce", with: "stale-nonce  600   " },
    ],
  },
  {
    name: "flags-written-with-yes",
    why: "A flag with a word for yes is on, as without a word.",
    change: [
      { replace: "no-tcp-relay", with: "no-tcp-relay=yes" },
      { replace: "fingerprint", with: "fingerprint=true" },
    ],
  },
  {
    name: "alias-of-an-option",
    why: "prod is another name of no-software-attribute in 4.6.1.",
    change: [{ replace: "no-software-attribute", with: "prod" }],
  },
  {
    name: "same-line-twice",
    why: "A line that says again what another says changes nothing.",
    change: [{ add: "total-quota=800" }],
  },
  {
    name: "defaults-written-out",
    why: "They say what coturn does without them.",
    change: [
      {
        add: "max-allocate-lifetime=3600\nchannel-lifetime=600\npermission-lifetime=300\nmax-allocate-timeout=60",
        after: "stale-nonce",
      },
    ],
  },
  {
    name: "defaults-left-out",
    why: "Ports and relay range are coturn's own without these lines.",
    change: [
      { remove: "listening-port" },
      { remove: "tls-listening-port" },
      { remove: "min-port" },
      { remove: "max-port" },
    ],
  },
  {
    name: "quotas-higher",
    why: "More of everything: nobody is refused who was not.",
    change: [
      { replace: "user-quota", with: "user-quota=48" },
      { replace: "total-quota", with: "total-quota=1600" },
      { replace: "bps-capacity", with: "bps-capacity=800000000" },
    ],
  },
  {
    name: "more-for-each-session",
    why: "Twice the rate for each session, and capacity for as many of them as before.",
    change: [
      { replace: "max-bps", with: "max-bps=1000000" },
      { replace: "bps-capacity", with: "bps-capacity=800000000" },
    ],
  },
  {
    name: "relay-range-wider",
    base: "users",
    why: "5535 ports more, all of which the firewall lets in.",
    change: [{ replace: "max-port", with: "max-port=65535" }],
  },
  {
    name: "cipher-list-stronger",
    why: "AES-128 is gone; every browser has the others.",
    change: [
      {
        replace: "cipher-list",
        with: "cipher-list=ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
      },
    ],
  },
  {
    name: "two-ranges-for-one",
    why: "Two halves deny what the whole denied.",
    change: [
      {
        replace: "denied-peer-ip=10.0.0.0-10.255.255.255",
        with: "denied-peer-ip=10.0.0.0-10.127.255.255\ndenied-peer-ip=10.128.0.0-10.255.255.255",
      },
    ],
  },
  {
    name: "one-range-for-two",
    why: "Multicast is denied already by a line of its own: one range from there to the end denies the same.",
    change: [{ replace: "denied-peer-ip=240.0.0.0-255.255.255.255", with: "denied-peer-ip=224.0.0.0-255.255.255.255" }],
  },
  {
    name: "another-range-denied",
    why: "Azure's host service at 168.63.129.16 is nobody's peer.",
    change: [{ add: "denied-peer-ip=168.63.129.16", after: "denied-peer-ip=240.0.0.0-255.255.255.255" }],
  },
  {
    // Measured: with PUBLIC/PRIVATE the ACL sees the public address, which no range denies.
    name: "exception-that-nothing-needs-removed",
    why: "No range denies the server's public address: the exception changes nothing.",
    change: [{ remove: "allowed-peer-ip" }],
  },
  {
    name: "log-in-a-file",
    why: "Where the log goes changes no call.",
    change: [
      { replace: "log-file", with: "log-file=/var/log/turnserver/turn.log" },
      { add: "verbose", after: "simple-log" },
    ],
  },
  {
    name: "stale-nonce-longer",
    why: "Clients renew their nonce half as often.",
    change: [{ replace: "stale-nonce", with: "stale-nonce=1200" }],
  },
  {
    name: "listener-added",
    why: "Another port beside those that are handed out; the firewall does not even let it in.",
    change: [{ add: "aux-server=10.164.0.2:80", after: "aux-server" }],
  },
  {
    name: "second-secret-added",
    why: "coturn takes credentials of either secret: those of the first go on to work.",
    change: [{ add: "static-auth-secret=5d0b2e8c7a914f36b1c8d7e6f5a40392", after: "static-auth-secret" }],
  },
  {
    name: "user-added",
    base: "users",
    why: "Another user beside those that are there.",
    change: [{ add: "user=lobby2:a-screen-in-the-hall", after: "user=kiosk:quiet-lobby-screen" }],
  },
  {
    name: "password-stored-as-its-key",
    base: "users",
    why: "The key of the same user, realm and password: clients go on to present the password.",
    change: [{ replace: "user=kiosk:quiet-lobby-screen", with: "user=kiosk:0x33b866257f6db2c7544dc00521ef92c0" }],
  },
  {
    name: "lt-cred-mech-left-out",
    base: "users",
    why: "Users switch it on by themselves.",
    change: [{ remove: "lt-cred-mech" }],
  },
  {
    name: "addresses-written-out",
    base: "users",
    why: "The machine has one address, and it is the public one.",
    change: [{ add: "listening-ip=34.91.5.6\nrelay-ip=34.91.5.6", after: "external-ip" }],
  },
];
