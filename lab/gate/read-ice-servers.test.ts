import { describe, expect, it } from "vitest";
import { readIceServers } from "./read-ice-servers.ts";

const turn = { urls: ["turn:t.example.org:3478?transport=udp"], username: "u", credential: "tops3cret" };
const read = (value: unknown) => readIceServers(JSON.stringify(value));

describe("readIceServers", () => {
  it.each([
    ["a bare list", [turn], null],
    ["one entry", turn, null],
    ["an RTCConfiguration", { iceServers: [turn], iceTransportPolicy: "relay" }, null],
    ["Cloudflare's one entry", { iceServers: turn }, null],
    ["Twilio's", { ice_servers: [{ ...turn, url: turn.urls[0], urls: turn.urls[0] }], ttl: "3600" }, 3600],
    ["Xirsys's", { s: "ok", v: { iceServers: turn } }, null],
    ["Xirsys's old one", { s: "ok", v: { iceServers: [{ ...turn, urls: undefined, url: turn.urls[0] }] } }, null],
    ["a TURN REST API's", { uris: turn.urls, username: "u", password: "tops3cret", ttl: 86_400 }, 86_400],
  ])("takes %s", (_, value, ttlSeconds) => {
    expect(read(value)).toEqual({ iceServers: [turn], ttlSeconds });
  });

  it("takes entries without a credential, and empty ones of STUN servers", () => {
    expect(
      read([{ urls: "stun:s.example.org", username: "", credential: null }, { urls: "turn:t.example.org" }]),
    ).toEqual({
      iceServers: [{ urls: ["stun:s.example.org"] }, { urls: ["turn:t.example.org"] }],
      ttlSeconds: null,
    });
  });

  it("tells every fault with its place, and no credential", () => {
    const result = read({
      v: {
        iceServers: [
          { ...turn, urls: ["turn:t?transport=sctp"] },
          { credential: "tops3cret" },
          "turn:t",
          { urls: [1] },
        ],
      },
    });
    expect("faults" in result && result.faults.map(({ place }) => place)).toEqual([
      "v.iceServers[0].urls[0]",
      "v.iceServers[1].urls[0]",
      "v.iceServers[1].username",
      "v.iceServers[2]",
      "v.iceServers[3].urls[0]",
    ]);
    expect(JSON.stringify(result)).not.toContain("tops3cret");
  });

  it.each([["{"], ["[]"], ["{}"], ['{"s":"error","v":"unauthorized"}'], ["null"], [""]])(
    "says what %s lacks",
    (text) => {
      expect(readIceServers(text)).toMatchObject({
        faults: [{ place: expect.any(String), expected: expect.any(String) }],
      });
    },
  );
});
