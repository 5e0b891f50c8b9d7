import type { GateFault } from "../lab/index.ts";

/** Whom it relays to: too few, or too many. */
export const peerFaults: readonly GateFault[] = [
  {
    // Where external-ip has its private half, coturn allows that by itself, and the ACL sees no other ("Whitelisting
    // external-ip private part").
    name: "acl-denies-own-relay",
    base: "users",
    why: "Of two ends that are both relayed here, each is the other's peer, and is refused with 403.",
    change: [{ add: "denied-peer-ip=34.91.0.0-34.91.255.255", after: "denied-peer-ip=240.0.0.0-255.255.255.255" }],
    caught: { check: ["acl-denies-own-relay"] },
    line: "denied-peer-ip=34.91.0.0-34.91.255.255",
  },
  {
    name: "acl-denies-everything",
    why: "No peer is left but the server itself: calls with one relayed end fail.",
    change: [
      {
        replace: "denied-peer-ip=0.0.0.0-0.255.255.255",
        with: "denied-peer-ip=0.0.0.0-255.255.255.255",
      },
    ],
    caught: { check: ["acl-denies-everybody", "acl-denies-peer"] },
    line: "denied-peer-ip=0.0.0.0-255.255.255.255",
  },
  {
    // coturn compares addresses of both families with such a range (field failure F28).
    name: "acl-range-from-double-colon",
    why: "A range that begins at :: denies IPv4 addresses as well: no call relays any more.",
    change: [{ replace: "denied-peer-ip=::1", with: "denied-peer-ip=::-::1" }],
    caught: { check: ["acl-from-zero"] },
    line: "denied-peer-ip=::-::1",
  },
  {
    name: "acl-denies-the-sfu",
    why: "Every call to the SFU at 34.90.20.7 over a relay is refused with 403.",
    change: [{ add: "denied-peer-ip=34.90.16.0-34.90.31.255", after: "denied-peer-ip=240.0.0.0-255.255.255.255" }],
    caught: { check: ["acl-denies-peer"] },
    line: "denied-peer-ip=34.90.16.0-34.90.31.255",
  },
  {
    name: "acl-denies-half-of-the-internet",
    why: "101 in the place of 10: every peer from 11.0.0.0 up to 101.255.255.255 is refused.",
    change: [
      {
        replace: "denied-peer-ip=10.0.0.0-10.255.255.255",
        with: "denied-peer-ip=10.0.0.0-101.255.255.255",
      },
    ],
    caught: { check: ["acl-denies-peer"] },
    line: "denied-peer-ip=10.0.0.0-101.255.255.255",
  },
  {
    name: "acl-removed",
    why: "Whoever may relay reaches every machine of the server's own network, and the cloud's metadata.",
    change: [{ removeAll: "denied-peer-ip" }],
    caught: { check: ["denied-peer-missing"] },
    line: null,
  },
  {
    name: "acl-10-removed",
    why: "Whoever may relay reaches the machines of the server's own network.",
    change: [{ remove: "denied-peer-ip=10.0.0.0-10.255.255.255" }],
    caught: { check: ["denied-peer-missing"] },
    line: null,
  },
  {
    name: "acl-metadata-removed",
    why: "Whoever may relay reaches 169.254.169.254, where the cloud tells the machine its keys.",
    change: [{ remove: "denied-peer-ip=169.254.0.0-169.254.255.255" }],
    caught: { check: ["denied-peer-missing"] },
    line: null,
  },
  {
    name: "multicast-open",
    why: "Whoever may relay reaches multicast groups of the server's network.",
    change: [{ remove: "no-multicast-peers" }],
    caught: { check: ["multicast-peers", "protection-removed"] },
    line: null,
  },
  {
    name: "multicast-misspelt",
    why: "coturn ignores the line, and multicast groups are open.",
    change: [{ replace: "no-multicast-peers", with: "no-multicast-peer" }],
    caught: { check: ["unknown-option"] },
    line: "no-multicast-peer",
  },
  {
    name: "acl-with-a-prefix-length",
    why: "coturn knows no prefix lengths and ignores the line: 10/8 is open.",
    change: [{ replace: "denied-peer-ip=10.0.0.0-10.255.255.255", with: "denied-peer-ip=10.0.0.0/8" }],
    caught: { check: ["range-prefix"] },
    line: "denied-peer-ip=10.0.0.0/8",
  },
  {
    name: "acl-range-without-its-end",
    why: "An address that is none: coturn ignores the line, and 192.168/16 is open.",
    change: [{ replace: "denied-peer-ip=192.168.0.0-192.168.255.255", with: "denied-peer-ip=192.168.0.0-192.168.255" }],
    caught: { check: ["range"] },
    line: "denied-peer-ip=192.168.0.0-192.168.255",
  },
  {
    name: "acl-range-backwards",
    why: "Its last address is below its first: nothing is denied by it, and 172.16/12 is open.",
    change: [{ replace: "denied-peer-ip=172.16.0.0-172.31.255.255", with: "denied-peer-ip=172.31.0.0-172.16.255.255" }],
    caught: { check: ["range-order"] },
    line: "denied-peer-ip=172.31.0.0-172.16.255.255",
  },
  {
    name: "acl-misspelt",
    why: "coturn ignores the line: 169.254/16 is open.",
    change: [
      {
        replace: "denied-peer-ip=169.254.0.0-169.254.255.255",
        with: "denied-peer=169.254.0.0-169.254.255.255",
      },
    ],
    caught: { check: ["unknown-option"] },
    line: "denied-peer",
  },
  {
    name: "acl-undone-by-an-exception",
    why: "An allowed range wins over a denied one: whoever may relay reaches the server's own network.",
    change: [{ add: "allowed-peer-ip=10.0.0.0-10.255.255.255", after: "allowed-peer-ip" }],
    caught: { check: ["denied-peer-overruled"] },
    line: "allowed-peer-ip=10.0.0.0-10.255.255.255",
  },
  {
    name: "loopback-open",
    why: "Whoever may relay reaches what listens on the server's own loopback.",
    change: [{ replace: "denied-peer-ip=127.0.0.0-127.255.255.255", with: "allow-loopback-peers" }],
    caught: { check: ["loopback-peers"] },
    line: "allow-loopback-peers",
  },
];
