import { describe, expect, it } from "vitest";
import { judgeSession, type SessionFacts } from "./judge-session.ts";
import type { PeerEngine } from "./model/engine.ts";
import type { PeerReport } from "./model/events.ts";
import type { FailureCode } from "./model/failure.ts";
import type { Scenario } from "./model/scenario.ts";
import { emptyReport } from "./peer/session.ts";

const peer: PeerReport = emptyReport(null);
const relayed: SessionFacts = {
  outcome: "connected",
  dropped: false,
  failure: null,
  diagnosis: null,
  path: "relayed",
  peers: { offerer: { ...peer, selectedTransport: "tcp" }, answerer: peer },
};
const failed: SessionFacts = {
  ...relayed,
  outcome: "failed",
  path: null,
  failure: { code: "ice_failed", message: "" },
};
const scenario = (more: Partial<Scenario>): Scenario => ({
  description: "",
  topology: {},
  peers: { offerer: { behind: "internet", iceServers: [] }, answerer: { behind: "internet", iceServers: [] } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
  ...more,
});
const codes = (more: Partial<Scenario>, facts: SessionFacts) =>
  judgeSession(scenario(more), facts, servers).map(({ code }) => code);
const servers = [{ name: "turn", address: "34.77.1.10", hostname: "turn.lab.test", aliases: ["Turn-EU.example.org"] }];

describe("judgeSession", () => {
  it("takes no call without ICE servers for a negative control, unless the scenario names that", () => {
    const listless: SessionFacts = { ...failed, failure: { code: "ice_servers_unavailable", message: "" } };
    expect(codes({ expectedPath: "none" }, listless)).toEqual(["unexpected_failure"]);
    expect(codes({ expectedPath: "none", expectedFailure: "ice_servers_unavailable" }, listless)).toEqual([]);
    expect(codes({ expectedPath: "none" }, failed)).toEqual([]);
  });

  it("takes no peer that broke, and no call that found a path, for a negative control", () => {
    for (const code of [
      "peer_crashed",
      "peer_not_started",
      "configuration_rejected",
      "dtls_failed",
      "media_failed",
    ] as const)
      expect(codes({ expectedPath: "none" }, { ...failed, failure: { code, message: "" } })).toEqual([
        "unexpected_failure",
      ]);
  });

  it("takes what is left of a cause that a browser does not tell, and no other cause", () => {
    const judge = (engines: readonly PeerEngine[], code: FailureCode) =>
      judgeSession(
        { expectedPath: "none", expectedFailure: "proxy_refused", engines },
        { ...failed, failure: { code, message: "" } },
        servers,
      ).map((one) => one.code);
    expect(judge(["chromium", "werift"], "session_timeout")).toEqual([]);
    expect(judge(["werift", "firefox"], "turn_connect_failed")).toEqual([]);
    expect(judge(["chromium", "chromium"], "dns_failed")).toEqual(["unexpected_failure"]);
    expect(judge(["firefox", "firefox"], "peer_crashed")).toEqual(["unexpected_failure"]);
    expect(judge(["werift", "werift"], "turn_connect_failed")).toEqual(["unexpected_failure"]);
  });

  const sure = (code: FailureCode) => ({ code, confidence: "certain" }) as const;

  it("holds a cause that no end says against the diagnosis, and nothing else", () => {
    const judge = (facts: Partial<SessionFacts>) =>
      codes({ expectedPath: "none", expectedFailure: "turn_wrong_realm" }, { ...failed, ...facts });
    const unauthorized = { code: "turn_unauthorized", message: "" } as const;
    expect(judge({ failure: unauthorized, diagnosis: sure("turn_wrong_realm") })).toEqual([]);
    expect(judge({ failure: unauthorized, diagnosis: sure("turn_wrong_password") })).toEqual(["unexpected_failure"]);
    expect(judge({ failure: unauthorized })).toEqual(["unexpected_failure"]);
    // What anything would explain proves nothing, nor does what the ends did not see.
    const guess = { code: "turn_wrong_realm", confidence: "possible" } as const;
    expect(judge({ failure: unauthorized, diagnosis: guess })).toEqual(["unexpected_failure"]);
    const other = { code: "turn_no_answer", message: "" } as const;
    expect(judge({ failure: other, diagnosis: sure("turn_wrong_realm") })).toEqual(["unexpected_failure"]);
    expect(
      judgeSession(
        scenario({ expectedPath: "none", expectedFailure: "turn_wrong_realm" }),
        { ...failed, failure: unauthorized },
        servers,
      )[0]?.message,
    ).toContain("Expected turn_wrong_realm, found turn_unauthorized, diagnosed as nothing.");
  });

  it("takes a code that an end says from the end, or from the diagnosis where its engine keeps it back", () => {
    const judge = (facts: Partial<SessionFacts>) =>
      codes({ expectedPath: "none", expectedFailure: "turn_unauthorized" }, { ...failed, ...facts });
    expect(judge({ failure: { code: "turn_unauthorized", message: "" } })).toEqual([]);
    expect(judge({ diagnosis: sure("turn_unauthorized") })).toEqual([]);
    expect(judge({ diagnosis: sure("turn_wrong_password") })).toEqual(["unexpected_failure"]);
  });

  it("wants a call with a path and a failure to connect over the one and be dropped with the other", () => {
    const more = { expectedPath: "relayed", expectedFailure: "nat_rebooted" } as const;
    const lost: SessionFacts = {
      ...relayed,
      dropped: true,
      failure: { code: "data_failed", message: "" },
      diagnosis: sure("nat_rebooted"),
    };
    expect(codes(more, lost)).toEqual([]);
    expect(codes(more, { ...lost, diagnosis: sure("consent_lost") })).toEqual(["unexpected_failure"]);
    expect(codes(more, { ...lost, path: "direct" })).toEqual(["wrong_path"]);
    expect(codes(more, relayed)).toEqual(["not_dropped"]);
    expect(codes(more, failed)).toEqual(["unexpected_failure"]);
    expect(codes({ ...more, expectedFailure: "data_failed" }, lost)).toEqual([]);
  });

  it("takes wrong relayed addresses for what they are, where they are what a scenario is about", () => {
    const wrong = { type: "relay", protocol: "udp", address: "10.0.0.5", port: 5, priority: 1 } as const;
    const own = { ...wrong, url: "turn:turn.lab.test:3478?transport=udp" };
    const facts: SessionFacts = { ...failed, peers: { ...failed.peers, offerer: { ...peer, candidates: [own] } } };
    const judge = (expectedFailure: FailureCode, diagnosed: FailureCode) =>
      codes({ expectedPath: "none", expectedFailure }, { ...facts, diagnosis: sure(diagnosed) });
    expect(judge("relay_address_wrong", "relay_address_wrong")).toEqual([]);
    expect(judge("relay_range_closed", "relay_range_closed")).toEqual(["relay_address_unexpected"]);
  });

  it("accepts the path that was expected and refuses another", () => {
    expect(codes({ expectedPath: "relayed" }, relayed)).toEqual([]);
    expect(codes({ expectedPath: "direct" }, relayed)).toEqual(["wrong_path"]);
  });

  it("says whose way it is to stay on a relay, and excuses nothing else by it", () => {
    const by = (engines: readonly PeerEngine[], more: Partial<Scenario>, facts: SessionFacts) =>
      judgeSession({ ...scenario(more), engines }, facts, servers).map((one) => one.by ?? null);
    expect(by(["chromium", "firefox"], { expectedPath: "direct" }, relayed)).toEqual(["firefox"]);
    expect(by(["firefox", "firefox"], { expectedTransport: "udp" }, relayed)).toEqual(["firefox"]);
    expect(by(["firefox", "firefox"], { expectedTransport: "tls" }, relayed)).toEqual([null]);
    expect(by(["chromium", "werift"], { expectedPath: "direct" }, relayed)).toEqual([null]);
    expect(by(["firefox", "firefox"], { expectedPath: "none" }, relayed)).toEqual([null]);
    expect(by(["firefox", "firefox"], { expectedPath: "relayed" }, { ...relayed, path: "direct" })).toEqual([null]);
  });

  it("finds the transport of an end that only hears through its server", () => {
    const relay = { type: "relay", protocol: "udp", address: "34.77.1.10", port: 5, priority: 1 } as const;
    const host = { ...relay, type: "host", address: "10.0.0.1" } as const;
    const own = { ...relay, url: "turn:turn.lab.test:3478?transport=tcp" };
    const facts: SessionFacts = {
      ...relayed,
      peers: {
        offerer: { ...peer, candidates: [own], selectedPair: { local: host, remote: relay } },
        answerer: { ...peer, candidates: [own], selectedPair: { local: host, remote: relay } },
      },
    };
    expect(codes({ expectedTransport: "tcp" }, facts)).toEqual([]);
    expect(codes({ expectedTransport: { offerer: "udp" } }, facts)).toEqual(["wrong_transport"]);
  });

  it("takes what the engine is known to do for as good as what is expected, where it fails for the network's reasons", () => {
    const judge = (knownOutcome: "none" | "relayed", facts: SessionFacts, expectedPath: "direct" | "none" = "direct") =>
      judgeSession({ expectedPath, knownOutcome, expectedFailure: ["ice_failed"] }, facts, servers).map(
        ({ code }) => code,
      );
    expect(judge("relayed", relayed)).toEqual([]);
    expect(judge("relayed", relayed, "none")).toEqual([]);
    expect(judge("none", failed)).toEqual([]);
    expect(judge("none", { ...failed, failure: { code: "peer_crashed", message: "" } })).toEqual([
      "unexpected_failure",
    ]);
    expect(judge("none", { ...relayed, path: "direct" })).toEqual([]);
    expect(judge("none", relayed)).toEqual(["wrong_path"]);
  });

  it("leaves a failed session to the success rate", () => {
    expect(codes({ expectedPath: "relayed", expectedTransport: { offerer: "udp" } }, failed)).toEqual([]);
  });

  it("holds a negative control to failing, and for the reason it names", () => {
    expect(codes({ expectedPath: "none", expectedFailure: "ice_failed" }, failed)).toEqual([]);
    expect(codes({ expectedPath: "none" }, relayed)).toEqual(["unexpected_connection"]);
    expect(codes({ expectedPath: "none", expectedFailure: "turn_unauthorized" }, failed)).toEqual([
      "unexpected_failure",
    ]);
  });

  it("checks the transport of each relayed end, or of the end that a scenario names", () => {
    expect(codes({ expectedTransport: "tcp" }, relayed)).toEqual([]);
    expect(codes({ expectedTransport: "udp" }, relayed)).toEqual(["wrong_transport"]);
    expect(codes({ expectedTransport: { answerer: "tcp" } }, relayed)).toEqual(["wrong_transport"]);
  });

  it("finds a server that hands out an address nobody can send to, even when the call connected", () => {
    const candidate = {
      type: "relay",
      protocol: "udp",
      port: 50_000,
      priority: 1,
      url: "turn:turn.lab.test:3478?transport=udp",
    } as const;
    const facts = (address: string, url: string = candidate.url): SessionFacts => ({
      ...relayed,
      peers: { offerer: { ...peer, candidates: [{ ...candidate, url, address }] }, answerer: peer },
    });
    expect(codes({}, facts("34.77.1.10"))).toEqual([]);
    expect(codes({}, facts("10.0.0.5"))).toEqual(["relay_address_unexpected"]);
    for (const host of ["TURN.lab.test", "turn-eu.example.org", "34.77.1.10"]) {
      const urls = [`turn:${host}`, `turns:${host}?transport=tcp`, `turn:${host}:80?transport=udp`];
      for (const url of urls) expect(codes({}, facts("10.0.0.5", url))).toEqual(["relay_address_unexpected"]);
    }
    expect(codes({}, facts("10.0.0.5", "turn:elsewhere.example.org:3478"))).toEqual([]);

    // Firefox names no URL.
    const unnamed = (address: string, ...urls: string[]): SessionFacts => {
      const report = { ...peer, urls: urls.map((url) => ({ url, outcome: "ok", durationMs: 1 }) as const) };
      const { url: _, ...rest } = candidate;
      return { ...relayed, peers: { offerer: { ...report, candidates: [{ ...rest, address }] }, answerer: peer } };
    };
    expect(codes({}, unnamed("10.0.0.5", candidate.url))).toEqual(["relay_address_unexpected"]);
    expect(codes({}, unnamed("34.77.1.10", candidate.url))).toEqual([]);
    expect(codes({}, unnamed("10.0.0.5", candidate.url, "turn:elsewhere.example.org:3478"))).toEqual([]);
    expect(codes({}, unnamed("10.0.0.5"))).toEqual([]);

    // A deployed server may have its relays elsewhere, but not where the internet cannot send to.
    const deployed = (address: string, relay: string) =>
      judgeSession(scenario({}), facts(relay), [{ ...servers[0], outside: { address } } as (typeof servers)[0]]);
    expect(deployed("34.1.2.3", "35.9.9.9")).toEqual([]);
    expect(deployed("34.1.2.3", "10.128.0.2")).toMatchObject([
      { message: expect.stringContaining("turn is at 34.1.2.3, and its relay candidates say 10.128.0.2") },
    ]);
    expect(deployed("10.99.77.2", "10.99.77.2")).toEqual([]);
  });
});
