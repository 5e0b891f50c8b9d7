import { describe, expect, it } from "vitest";
import { readList } from "./ice-server-list.ts";

describe("a list of ICE servers", () => {
  const turn = { urls: "turn:turn.example.org:3478?transport=udp", username: "alice", credential: "secret" };
  const NOW = 1_800_000_000;

  it.each([
    ["an array", [turn, { urls: ["stun:stun.example.org"] }], { fault: null, turnUrls: 1, stunUrls: 1 }],
    ["one entry alone", turn, { fault: null, turnUrls: 1 }],
    ["entries of older clients", [{ ...turn, urls: undefined, url: turn.urls }], { fault: null, turnUrls: 1 }],
    ["an IPv6 address", [{ ...turn, urls: "turns:[2001:db8::1]:443?transport=tcp" }], { fault: null }],
    ["a name with an expiry", [{ ...turn, username: `${NOW + 60}:alice` }], { fault: null, lifetimeSeconds: 60 }],
    ["nothing", null, { fault: "no_list" }],
    ["an empty array", [], { fault: "no_list" }],
    ["STUN alone", [{ urls: "stun:stun.example.org" }], { fault: "no_turn" }],
    ["a URL of another kind", [turn, { urls: "https://turn.example.org" }], { fault: "bad_url" }],
    ["a URL as a page has it", [{ ...turn, urls: "turn://turn.example.org" }], { fault: "bad_url" }],
    ["no credential", [{ ...turn, credential: "" }], { fault: "no_credential" }],
    ["one that has expired", [turn, { ...turn, username: `${NOW - 1}:alice` }], { fault: "expired" }],
  ])("may be %s", (_, list, facts) => {
    expect(readList(list, NOW)).toMatchObject(facts);
  });
});
