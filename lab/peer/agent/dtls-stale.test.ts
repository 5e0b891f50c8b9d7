import { describe, expect, it } from "vitest";
import { CLIENT_HELLO, HELLO_VERIFY_REQUEST, isStaleHandshake } from "./dtls-stale.ts";

const hello = (cookieLength: number) => {
  const fragment = Buffer.alloc(60);
  fragment[35] = cookieLength;
  return { msg_type: CLIENT_HELLO, fragment };
};
const other = (type: number) => ({ msg_type: type, fragment: Buffer.alloc(0) });
const at = (flight: number, connected = false, received: number[] = []) => ({ flight, connected, received });

describe("isStaleHandshake", () => {
  it("lets a server answer a first or repeated ClientHello until it has sent its keys", () => {
    expect([1, 2].map((flight) => isStaleHandshake("server", at(flight), hello(0)))).toEqual([false, false]);
    expect(isStaleHandshake("server", at(4), hello(0))).toBe(true);
  });

  it("lets a server repeat its keys for a ClientHello with the cookie, until the client has answered", () => {
    expect(isStaleHandshake("server", at(2), hello(20))).toBe(false);
    expect(isStaleHandshake("server", at(4), hello(20))).toBe(false);
    expect(isStaleHandshake("server", at(6), hello(20))).toBe(true);
    expect(isStaleHandshake("server", at(6, true), hello(0))).toBe(true);
  });

  it("lets a server answer a repeated Finished, which the client sends when ours was lost", () => {
    expect(isStaleHandshake("server", at(6, true), other(20))).toBe(false);
  });

  it("lets a client take one HelloVerifyRequest, and nothing once it is connected", () => {
    expect(isStaleHandshake("client", at(1), other(HELLO_VERIFY_REQUEST))).toBe(false);
    expect(isStaleHandshake("client", at(3), other(HELLO_VERIFY_REQUEST))).toBe(true);
    expect(isStaleHandshake("client", at(5), other(14))).toBe(false);
    expect(isStaleHandshake("client", at(7, true), other(14))).toBe(true);
  });

  it("takes what carries keys once", () => {
    const stale = (end: "client" | "server", received: number[], types: number[]) =>
      types.filter((type) => isStaleHandshake(end, at(end === "client" ? 5 : 4, false, received), other(type)));
    expect(stale("server", [11, 16, 15], [11, 15, 16, 20])).toEqual([11, 15, 16]);
    expect(stale("server", [11], [15, 16])).toEqual([]);
    expect(stale("client", [2, 11, 12, 13, 14], [2, 11, 12, 13, 14, 20])).toEqual([2, 11, 12, 13, 14]);
    expect(stale("client", [2], [11, 12, 13, 14])).toEqual([]);
  });
});
