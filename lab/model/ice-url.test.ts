import { describe, expect, it } from "vitest";
import { parseIceUrl } from "./ice-url.ts";

describe("parseIceUrl", () => {
  it.each([
    ["stun:stun.lab.test", { kind: "stun", host: "stun.lab.test", port: 3478 }],
    ["stun:198.18.0.1:19302", { kind: "stun", host: "198.18.0.1", port: 19302 }],
    ["turn:turn.lab.test", { kind: "turn", transport: "udp", host: "turn.lab.test", port: 3478 }],
    ["turn:turn.lab.test?transport=udp", { kind: "turn", transport: "udp", host: "turn.lab.test", port: 3478 }],
    ["turn:turn.lab.test:80?transport=tcp", { kind: "turn", transport: "tcp", host: "turn.lab.test", port: 80 }],
    ["turns:turn.lab.test", { kind: "turn", transport: "tls", host: "turn.lab.test", port: 5349 }],
    ["turns:turn.lab.test:443?transport=tcp", { kind: "turn", transport: "tls", host: "turn.lab.test", port: 443 }],
    ["TURN:[2001:db8::1]:3478", { kind: "turn", transport: "udp", host: "2001:db8::1", port: 3478 }],
  ])("reads %s", (url, expected) => {
    expect(parseIceUrl(url)).toEqual(expected);
  });

  it.each([
    "turn.lab.test:3478",
    "http://turn.lab.test",
    "turn:user@turn.lab.test",
    "turn:turn.lab.test:70000",
    "turn:turn.lab.test?transport=sctp",
    "turns:turn.lab.test?transport=udp",
    "stun:turn.lab.test?transport=udp",
    "stuns:turn.lab.test",
    "turn:",
  ])("refuses %s and names it", (url) => {
    expect(parseIceUrl(url)).toEqual({ error: expect.stringContaining(url) });
  });
});
