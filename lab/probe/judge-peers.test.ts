import { describe, expect, it } from "vitest";
import type { PeerAnswer, PeerAnswers } from "./ask-peers.ts";
import { judgePeers, type PeerJudgement } from "./judge-peers.ts";
import { IPV4_PEERS, IPV6_PEERS, PUBLIC_PEER } from "./peer-addresses.ts";

const answer = (address: string, said: Partial<PeerAnswer> = {}): PeerAnswer => ({
  address,
  createPermission: 403,
  channelBind: 403,
  connect: 403,
  tokens: {},
  why: "",
  durationMs: 1,
  ...said,
});
const answers = (...peers: PeerAnswer[]): PeerAnswers => ({ peers, relayed: {}, mapped: null, whyNoConnect: "" });
function judge(peer: PeerAnswer, judgement: Partial<PeerJudgement> = {}) {
  const [result] = judgePeers(answers(peer), { url: null, reachable: {}, ...judgement });
  return result;
}

describe("an address that no relay has business with", () => {
  it.each<[string, Partial<PeerAnswer>, string, string]>([
    ["refused by each way", {}, "ok", "403"],
    ["let in by one", { channelBind: "success" }, "weak", "CreatePermission 403, ChannelBind success, CONNECT 403"],
    ["dialled in vain (447)", { connect: 447 }, "weak", "CreatePermission 403, ChannelBind 403, CONNECT 447"],
    ["perhaps dialled", { connect: "none" }, "unclear", "CreatePermission 403, ChannelBind 403, CONNECT none"],
    ["failed otherwise", { connect: 500 }, "unclear", "CreatePermission 403, ChannelBind 403, CONNECT 500"],
    ["refused otherwise", { createPermission: 443, channelBind: 443, connect: null }, "ok", "443"],
    ["answered by nobody", { createPermission: "none", channelBind: "none", connect: null }, "unclear", "none"],
  ])("%s", (_, said, verdict, observed) => {
    expect(judge(answer("10.0.0.1", said))).toMatchObject({ id: "peer-10.0.0.1", verdict, observed, hasReached: null });
  });

  it("was not asked where there is no allocation of its family", () => {
    const said = { createPermission: null, channelBind: null, connect: null, why: "no IPv6 allocation: 440" };
    expect(judge(answer("fd00::1", said))).toMatchObject({ verdict: "not-asked", why: "no IPv6 allocation: 440" });
  });

  it("is reached when a token arrived, whatever the server said", () => {
    const tokens = { send: "a", channel: "b" };
    expect(judge(answer("10.0.0.1", { tokens }), { arrived: new Set(["b"]) })).toMatchObject({
      verdict: "weak",
      hasReached: true,
      observed: "403; data arrived there",
    });
    expect(judge(answer("10.0.0.1", { tokens }), { arrived: new Set(["c"]) })).toMatchObject({
      verdict: "ok",
      hasReached: false,
    });
    expect(judge(answer("10.0.0.1"), { arrived: new Set(["b"]) })).toMatchObject({ hasReached: null });
  });

  it("is one that somebody names, too; one that nobody names has no result", () => {
    const said = { createPermission: "success" } as const;
    expect(judge(answer("34.9.9.9", said), { forbidden: ["34.9.9.9"] })).toMatchObject({
      id: "peer-34.9.9.9",
      verdict: "weak",
      fix: "denied-peer-ip=34.9.9.9-34.9.9.9",
    });
    expect(judge(answer("34.9.9.9", said))).toBeUndefined();
  });
});

describe("an address that calls need", () => {
  const reachable = { "34.9.9.9": "the SFU", [PUBLIC_PEER]: "the public internet" };
  it.each<[string, Partial<PeerAnswer>, string]>([
    ["let in", { createPermission: "success", channelBind: "success" }, "ok"],
    ["refused by one way", { createPermission: "success" }, "weak"],
    ["not answered", { createPermission: "success", channelBind: "none" }, "unclear"],
  ])("%s", (_, said, verdict) => {
    // That TCP is refused takes nothing from a call.
    expect(judge(answer("34.9.9.9", said), { reachable })).toMatchObject({
      id: "peer-needed-the-sfu",
      severity: "error",
      verdict,
    });
  });

  it("is not reached where the data does not come, though the server said yes", () => {
    const said = { createPermission: "success", channelBind: "success", tokens: { send: "a" } } as const;
    const judged = judge(answer("34.9.9.9", said), { reachable, arrived: new Set() });
    expect(judged).toMatchObject({ verdict: "weak", hasReached: false });
  });

  it("is no error where only some peers are allowed", () => {
    expect(judge(answer(PUBLIC_PEER), { reachable })).toMatchObject({ severity: "warning", verdict: "weak" });
  });
});

it("has a line for each address, none of whose ranges starts at ::", () => {
  const all = [...IPV4_PEERS, ...IPV6_PEERS];
  expect(new Set(all.map(({ address }) => address)).size).toBe(all.length);
  for (const { fix } of all) expect(fix).not.toMatch(/=::-/);
});
