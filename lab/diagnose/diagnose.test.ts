import { describe, expect, it } from "vitest";
import type { EndEvidence, Evidence, UrlError } from "../model/evidence.ts";
import { firewallOf } from "../model/firewall.ts";
import { diagnose } from "./diagnose.ts";
import { AT, aLab, aList, anEnd, aRouter, aServer, aSession, candidate, someEvidence } from "./test-evidence.ts";

const URL = "turn:turn.example.org:3478?transport=udp";
const error = (known: Partial<UrlError>): UrlError & { at: typeof AT } => ({
  url: URL,
  errorCode: null,
  text: "",
  code: null,
  hostCandidate: null,
  atMs: null,
  at: AT,
  ...known,
});
const codesOf = (evidence: Evidence) => diagnose(evidence).map(({ code, confidence }) => `${code} ${confidence}`);
const ofEnd = (known: Partial<EndEvidence>) => codesOf(someEvidence({ ends: [anEnd(known)] }));
const HOST = candidate("host 10.0.0.2:1000");

describe("STUN only", () => {
  const symmetric = [
    HOST,
    candidate("srflx 81.2.1.1:2000 10.0.0.2:1000"),
    candidate("srflx 81.2.1.1:2001 10.0.0.2:1000"),
  ];

  it("is certain behind a NAT that two servers saw map one base to two ports", () => {
    expect(ofEnd({ iceServers: aList("stun:a.example.org", "stun:b.example.org"), candidates: symmetric })[0]).toBe(
      "no_turn_server certain",
    );
  });

  it("is likely where one server alone was asked: the kind of NAT is not known", () => {
    const candidates = [HOST, candidate("srflx 81.2.1.1:2000 10.0.0.2:1000")];
    expect(ofEnd({ iceServers: aList("stun:a.example.org"), candidates })[0]).toBe("no_turn_server likely");
  });

  it("is no explanation where the far peer had a relay", () => {
    const farCandidates = [candidate("relay 81.2.0.10:50000")];
    const codes = ofEnd({ iceServers: aList("stun:a.example.org"), candidates: symmetric, farCandidates });
    expect(codes.join()).not.toContain("no_turn_server");
  });

  it("is not said of a call that connected", () => {
    expect(
      ofEnd({
        iceServers: aList("stun:a.example.org"),
        candidates: symmetric,
        iceStates: [],
        selectedPair: { local: HOST, remote: HOST, relayProtocol: null, at: AT },
      }),
    ).toEqual([]);
  });
});

describe("a refused credential", () => {
  const refused = (usernameExpiry: number | null, startedAt: number | null) =>
    ofEnd({
      iceServers: [{ urls: [URL], usernameExpiry, hasCredential: true, at: AT }],
      startedAt,
      urlErrors: [error({ errorCode: 401, text: "Unauthorized" })],
    });

  it("had expired before the call", () => {
    expect(refused(1_700_000_000, 1_700_000_500_000)[0]).toBe("turn_credential_expired certain");
  });

  it("may have met a skewed clock, just after its end", () => {
    expect(refused(1_700_000_000, 1_700_000_010_000)[0]).toBe("turn_credential_expired likely");
  });

  it("counts milliseconds", () => {
    expect(refused(1_700_000_000_000, 1_700_000_500_000)[0]).toBe("turn_credential_milliseconds likely");
  });

  it("is of one of several causes where it is still valid", () => {
    expect(refused(1_700_000_999, 1_700_000_500_000).slice(0, 3)).toEqual([
      "turn_unauthorized likely",
      "turn_wrong_secret possible",
      "turn_wrong_hash possible",
    ]);
  });

  it("is not blamed on the challenge that begins each allocation, nor on a nonce that was followed", () => {
    const answers = [
      { method: "ALLOCATE", errorNumber: 401, reason: "Unauthorized", at: AT },
      { method: "ALLOCATE", errorNumber: 0, reason: "", at: AT },
      { method: "REFRESH", errorNumber: 438, reason: "Stale nonce", at: AT },
      { method: "REFRESH", errorNumber: 0, reason: "", at: AT },
    ];
    const servers = [
      {
        name: "turn",
        version: null,
        sessions: [aSession({ answers })],
        notes: [],
        realm: null,
        externalIp: null,
        minPort: null,
        maxPort: null,
      },
    ];
    expect(codesOf(someEvidence({ servers }))).toEqual([]);
  });
});

describe("in the lab", () => {
  const withTurn = { iceServers: aList("turn:turn.lab.test:3478?transport=udp") };
  const silent = error({ url: "turn:turn.lab.test:3478?transport=udp", code: "turn_no_answer", text: "no answer" });
  const end = (known: Partial<EndEvidence> = {}) => anEnd({ ...withTurn, urlErrors: [silent], ...known });

  it("tells a network that blocks UDP from a server's firewall and from a server that is gone", () => {
    const behind = (firewall: ReturnType<typeof firewallOf>) => ({ offerer: [aRouter({ firewall })], answerer: [] });
    const of = (lab: Parameters<typeof aLab>[0]) => codesOf(someEvidence({ ends: [end()], lab: aLab(lab) }))[0];
    expect(of({ routers: behind(firewallOf("udp-blocked")) })).toBe("udp_blocked certain");
    expect(of({ routers: behind(firewallOf("stun-port-blocked")) })).toBe("turn_port_blocked certain");
    expect(of({ servers: [aServer({ firewall: ["tcp:443"] })] })).toBe("turn_firewalled certain");
    expect(of({ servers: [aServer({ isUp: false })] })).toBe("turn_server_lost certain");
    expect(of({ servers: [aServer({ listeners: ["tcp:3478"] })] })).toBe("turn_not_listening certain");
    expect(of({ servers: [aServer({ sendsTtl: 1 })] })).toBe("turn_answers_expire certain");
  });

  it("blames a missing TURN server only where the two NATs cannot meet without", () => {
    const ends = (["offerer", "answerer"] as const).map((role) =>
      anEnd({
        name: role,
        role,
        iceServers: aList("stun:turn.lab.test:3478"),
        candidates: [HOST, candidate("srflx 81.2.1.1:2000 10.0.0.2:1000")],
      }),
    );
    const between = (near: string, far: string) => {
      const routers = { offerer: [aRouter({ mapping: near })], answerer: [aRouter({ mapping: far })] };
      return codesOf(someEvidence({ ends, lab: aLab({ routers }) })).find((line) => line.startsWith("no_turn_server"));
    };
    const [independent, dependent] = ["endpoint-independent", "address-and-port-dependent"];
    expect(between(dependent, dependent)).toBe("no_turn_server certain");
    expect(between(dependent, independent)).toBe("no_turn_server certain");
    expect(between(independent, independent)).toBe("no_turn_server possible");
  });

  it("blames a relayed address only where it is not the server's", () => {
    const relayed = (address: string) =>
      codesOf(
        someEvidence({
          ends: [
            anEnd({ ...withTurn, candidates: [candidate(`relay ${address}:50000`, withTurn.iceServers[0]?.urls[0])] }),
          ],
          lab: aLab(),
        }),
      );
    expect(relayed("10.9.9.9")[0]).toBe("relay_address_wrong certain");
    expect(relayed("81.2.0.10").join()).not.toContain("relay_address_wrong");
  });
});

describe("a limit of bytes a second", () => {
  const relayed = { type: "relay", address: "81.2.0.10", port: 50000 } as const;
  const of = (maxBps: number, code: "dtls_failed" | "media_failed") =>
    codesOf(
      someEvidence({
        ends: [
          anEnd({
            failure: { code, message: "not all came" },
            selectedPair: { local: relayed, remote: relayed, relayProtocol: "udp", at: AT },
          }),
        ],
        lab: aLab({ servers: [aServer({ options: { "max-bps": maxBps } })] }),
      }),
    );

  it("holds a handshake up only where that is more than the limit", () => {
    expect(of(500, "dtls_failed")).toContain("turn_rate_limited certain");
    expect(of(10_000, "dtls_failed")).toContain("turn_rate_limited possible");
    expect(of(500_000, "dtls_failed")).toEqual(["dtls_failed likely"]);
  });

  it("may hold media up at any height", () => {
    expect(of(500_000, "media_failed")).toContain("turn_rate_limited possible");
  });
});

describe("a peer ACL", () => {
  const denied = (address: string) => ({ peer: `${address}:5000`, errorNumber: 403, text: "Forbidden IP", at: AT });
  const relay = candidate("relay 81.2.0.10:50000");

  it("is noise where it denies a far peer's private addresses among others", () => {
    const farCandidates = [candidate("host 192.168.1.2:5000"), candidate("srflx 81.2.3.4:5000")];
    const codes = ofEnd({ candidates: [relay], farCandidates, refusedPermissions: [denied("192.168.1.2")] });
    expect(codes.join()).not.toContain("denied");
  });

  it("keeps the call apart where the far peer has no other address", () => {
    const farCandidates = [candidate("host 192.168.1.2:5000")];
    expect(ofEnd({ candidates: [relay], farCandidates, refusedPermissions: [denied("192.168.1.2")] })[0]).toBe(
      "turn_peer_denied likely",
    );
  });

  it("may deny the server's own address", () => {
    const farCandidates = [candidate("relay 81.2.0.10:50001")];
    expect(ofEnd({ candidates: [relay], farCandidates, refusedPermissions: [denied("81.2.0.10")] })[0]).toBe(
      "turn_own_address_denied certain",
    );
  });
});

describe("what others did", () => {
  const log = (session: Parameters<typeof aSession>[0]) => [
    {
      name: "turn",
      version: null,
      sessions: [aSession(session)],
      notes: [],
      realm: null,
      externalIp: null,
      minPort: null,
      maxPort: null,
    },
  ];
  const lost = anEnd({
    wasConnected: true,
    selectedPair: { local: HOST, remote: candidate("relay 81.2.0.10:50000"), relayProtocol: null, at: AT },
  });

  it("is not certainly why a call was lost: another peer's permission, a log without the call", () => {
    const ended = (address: string) => log({ peers: [{ address, at: AT, endedAt: AT }] });
    expect(codesOf(someEvidence({ ends: [lost], servers: ended("81.2.0.10:50000") }))[0]).toBe(
      "turn_permission_expired certain",
    );
    expect(codesOf(someEvidence({ ends: [lost], servers: ended("81.9.9.9:1") }))[0]).toBe(
      "turn_permission_expired possible",
    );
    expect(codesOf(someEvidence({ servers: ended("81.9.9.9:1") }))).toEqual(["turn_permission_expired possible"]);
  });

  it("is not certainly why a call has no relay: another user's refusal", () => {
    const answers = [
      { method: "ALLOCATE", errorNumber: 401, reason: "Cannot find credentials of user <1700000000:b>", at: AT },
    ];
    const end = anEnd({ startedAt: 1_800_000_000_000, candidates: [HOST] });
    expect(codesOf(someEvidence({ ends: [end], servers: log({ answers }) })).join()).not.toContain("certain");
  });

  it("is what the lab did long before, to a router elsewhere, or by bringing a server back", () => {
    const changed = (change: Parameters<typeof aLab>[0]) =>
      codesOf(
        someEvidence({ ends: [lost], lab: aLab({ routers: { offerer: [aRouter()], answerer: [] }, ...change }) }),
      );
    const reboot = { atMs: 1_000, text: "router home lost its NAT state", kind: "router", name: "home" } as const;
    expect(changed({ changes: [reboot], silentAtMs: 2_000 })[0]).toBe("nat_rebooted certain");
    expect(changed({ changes: [reboot], silentAtMs: 60_000 }).join()).not.toContain("nat_rebooted");
    expect(changed({ changes: [{ ...reboot, name: "other" }], silentAtMs: 2_000 }).join()).not.toContain(
      "nat_rebooted",
    );
    const back = { atMs: 1_000, text: "server turn was restored", kind: "server", name: "turn" } as const;
    expect(changed({ changes: [back], silentAtMs: 2_000 }).join()).not.toContain("turn_server_lost");
  });
});

describe("two relays", () => {
  it("of one address are one server, and what keeps them apart is not known", () => {
    const codes = ofEnd({
      candidates: [candidate("relay 198.51.100.166:49185")],
      farCandidates: [candidate("relay 198.51.100.166:49178")],
    });
    expect(codes).toContain("relay_no_hairpin possible");
    expect(codes.join()).not.toContain("relays_cut_off");
  });
});

describe("nothing to go by", () => {
  it("is no diagnosis", () => {
    expect(codesOf(someEvidence())).toEqual([]);
    expect(ofEnd({ iceStates: [] })).toEqual([]);
  });
});
