import { describe, expect, it } from "vitest";
import type { EndEvidence, StunTransaction } from "../model/evidence.ts";
import { concluded, type FactName, placesOf, THE_CALL } from "./conclusion.ts";
import { infer } from "./infer-network.ts";
import { AT, anEnd, candidate, given, someEvidence, urlError } from "./test-field.ts";

/** `VALUE (CONFIDENCE)` of what is concluded of the offerer, or null. */
function conclude(fact: FactName, ...ends: Partial<EndEvidence>[]): string | null {
  const { conclusions } = infer(someEvidence(...ends.map((end) => anEnd(end))));
  const found = concluded(conclusions, fact === "turn_servers" ? THE_CALL : "offerer", fact);
  return found ? `${found.value} (${found.confidence})` : null;
}

const stun = (n: number) => ({ url: `stun:stun${n}.example.org:3478` });
const HOST = candidate("host 192.168.1.5:5000");

describe("the mapping of a NAT", () => {
  it("depends on the destination where two servers saw one base at two ports", () => {
    const candidates = [
      HOST,
      candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", stun(1)),
      candidate("srflx 85.1.1.1:6001 192.168.1.5:5000", stun(2)),
    ];
    expect(conclude("nat_mapping", { candidates })).toBe("address-and-port-dependent (certain)");
    const { conclusions } = infer(someEvidence(anEnd({ candidates })));
    const [reason] = concluded(conclusions, "offerer", "nat_mapping")?.because ?? [];
    expect(reason?.text).toBe("srflx candidate 85.1.1.1:6000 of 192.168.1.5:5000 from stun:stun1.example.org:3478");
    expect(placesOf(reason ? [reason] : [])).toBe("test.json: line 7");
  });

  it("is only likely where nobody says which server saw what", () => {
    const candidates = [candidate("srflx 85.1.1.1:6000 10.0.0.5:5000"), candidate("srflx 85.1.1.1:6001 10.0.0.5:5000")];
    expect(conclude("nat_mapping", { candidates })).toBe("address-and-port-dependent (likely)");
  });

  it("is told of a browser that hides its addresses where it has one socket alone", () => {
    const srflx = [
      candidate("srflx 85.1.1.1:6000 0.0.0.0:0", stun(1)),
      candidate("srflx 85.1.1.1:6001 0.0.0.0:0", stun(2)),
    ];
    const hosts = [candidate("host 0b1e.local:5000"), candidate("host 77aa.local:5001")];
    expect(conclude("nat_mapping", { candidates: [...hosts.slice(0, 1), ...srflx] })).toBe(
      "address-and-port-dependent (likely)",
    );
    expect(conclude("nat_mapping", { candidates: [...hosts, ...srflx] })).toBeNull();
    expect(conclude("nat_mapping", { candidates: srflx })).toBeNull();
  });

  it.each([
    ["one srflx", [HOST, candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", stun(1))]],
    [
      "srflx of different bases",
      [
        candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", stun(1)),
        candidate("srflx 85.1.1.1:6001 192.168.1.5:5001", stun(2)),
        candidate("srflx 85.1.1.1:6002 10.8.0.2:5000", stun(2)),
      ],
    ],
    [
      "two answers of one server, as after a NAT forgot",
      [
        candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", stun(1)),
        candidate("srflx 85.1.1.1:6001 192.168.1.5:5000", stun(1)),
      ],
    ],
    [
      "one of each family",
      [
        candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", stun(1)),
        candidate("srflx [2a00::1]:6001 192.168.1.5:5000", stun(2)),
      ],
    ],
  ])("is not told by %s", (_, candidates) => {
    expect(conclude("nat_mapping", { candidates })).toBeNull();
  });

  it("is told by the far end, which saw checks from a port that no server had seen", () => {
    const seen = (port: number) => ({
      name: "answerer",
      role: "answerer" as const,
      pairs: [
        {
          local: { type: "host" as const, address: "10.0.0.9", port: 1 },
          remote: { type: "prflx" as const, address: "85.1.1.1", port },
          state: "failed" as const,
          isNominated: false,
          checksSent: null,
          answersReceived: null,
          checksReceived: null,
          at: AT,
        },
      ],
    });
    const candidates = [candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", stun(1))];
    expect(conclude("nat_mapping", { candidates }, seen(7000))).toBe("address-and-port-dependent (likely)");
    expect(conclude("nat_mapping", { candidates }, seen(6000))).toBeNull();
  });

  it("is told by a capture, either way", () => {
    const asked = (to: string, mapped: string): StunTransaction => ({
      at: { file: "call.pcap", frame: 3 },
      transport: "udp",
      from: "192.168.1.5:5000",
      to,
      method: "Binding",
      requests: 1,
      outcome: "success",
      errorNumber: null,
      reason: null,
      username: null,
      realm: null,
      mapped,
      relayed: null,
      peer: null,
      lifetimeS: null,
      answerTtl: null,
      isCheck: false,
      askedAtS: 0,
      answeredAtS: 0,
    });
    const mappingOf = (second: string) => {
      const transactions = [asked("34.1.1.1:3478", "85.1.1.1:6000"), asked("34.1.1.2:3478", second)];
      const packets = [{ name: "call.pcap", frames: 9, transactions, tls: [], tcp: [], icmp: [], dtls: [] }];
      const { conclusions } = infer({ ...someEvidence(anEnd({ candidates: [HOST] })), packets });
      return concluded(conclusions, "offerer", "nat_mapping")?.value;
    };
    expect(mappingOf("85.1.1.1:6001")).toBe("address-and-port-dependent");
    expect(mappingOf("85.1.1.1:6000")).toBe("endpoint-independent");
  });
});

describe("a NAT", () => {
  it("is none where the host's address is what the server saw, or is public", () => {
    expect(conclude("nat", { candidates: [candidate("srflx 85.1.1.1:5000 85.1.1.1:5000")] })).toBe("none (certain)");
    expect(conclude("nat", { candidates: [candidate("host 85.1.1.1:5000")] })).toBe("none (likely)");
  });
  it("is there where it is another, and not known from private hosts alone", () => {
    const srflx = candidate("srflx 85.1.1.1:6000 192.168.1.5:5000");
    expect(conclude("nat", { candidates: [HOST, srflx] })).toBe("present (certain)");
    expect(conclude("nat", { candidates: [HOST] })).toBeNull();
  });
  it("is a carrier's where the way out begins with 100.64/10, and not where an overlay has such an address", () => {
    const direct = [candidate("host 100.70.1.2:5000"), candidate("srflx 85.1.1.1:6000 100.70.1.2:5000")];
    expect(conclude("carrier_nat", { candidates: direct })).toBe("direct (likely)");
    const overlay = [candidate("host 100.70.1.2:5000"), candidate("srflx 85.1.1.1:6000 192.168.1.5:5001")];
    expect(conclude("carrier_nat", { candidates: overlay })).toBeNull();
    const hop = [candidate("srflx 100.70.1.2:6000 192.168.1.5:5001")];
    expect(conclude("carrier_nat", { candidates: hop })).toBe("behind-router (likely)");
  });
  it("says what hides, which families there are, and how many networks", () => {
    const candidates = [candidate("host 0b1e-22.local:5000"), candidate("srflx [2a00::1]:6000 0.0.0.0:0")];
    expect(conclude("hidden_hosts", { candidates })).toBe("true (certain)");
    expect(conclude("ip_family", { candidates })).toBe("ipv6 (possible)");
    expect(conclude("ip_family", { candidates: [HOST] })).toBe("ipv4 (likely)");
    expect(conclude("hidden_hosts", { candidates: [HOST] })).toBeNull();
    expect(conclude("interfaces", { candidates: [HOST, candidate("host 10.8.0.2:5001")] })).toBe(
      "192.168.1.5,10.8.0.2 (possible)",
    );
    expect(conclude("interfaces", { candidates: [HOST, candidate("host 192.168.1.5:5001")] })).toBeNull();
  });
});

describe("the way out", () => {
  const UDP = ["stun:stun.example.org:3478", "turn:turn.example.org:3478?transport=udp"];
  const TCP = "turn:turn.example.org:3478?transport=tcp";
  const relay = (url: string) => candidate("relay 34.1.1.1:50000", { url });

  it("has no UDP where all of it is silent and TCP is not", () => {
    const end = { iceServers: given(...UDP, TCP), candidates: [relay(TCP)] };
    const all = UDP.map((url) => urlError(url));
    expect(conclude("way_out", { ...end, urlErrors: all })).toBe("udp-blocked (likely)");
    // One URL of several says nothing: its server may be dead.
    expect(conclude("way_out", { ...end, urlErrors: all.slice(0, 1) })).toBeNull();
    expect(conclude("way_out", { ...end, urlErrors: [] })).toBeNull();
  });
  it("has UDP where a server answered over it, be it with 401", () => {
    const srflx = candidate("srflx 85.1.1.1:6000 192.168.1.5:5000", { url: UDP[0] ?? "" });
    const errors = UDP.slice(1).map((url) => urlError(url));
    expect(conclude("way_out", { iceServers: given(...UDP), candidates: [srflx], urlErrors: errors })).toBe(
      "open (certain)",
    );
    const refused = [urlError(UDP[0] ?? ""), urlError(UDP[1] ?? "", 401)];
    expect(conclude("way_out", { iceServers: given(...UDP), urlErrors: refused })).toBeNull();
  });
  it("is only possibly without UDP where nothing else was tried, or nothing at all came through", () => {
    expect(conclude("way_out", { iceServers: given(...UDP), urlErrors: UDP.map((url) => urlError(url)) })).toBe(
      "udp-blocked (possible)",
    );
    const all = [...UDP, TCP];
    expect(conclude("way_out", { iceServers: given(...all), urlErrors: all.map((url) => urlError(url)) })).toBe(
      "nothing (possible)",
    );
  });
  it("has 443 alone where other ports of TCP were tried in vain", () => {
    const tls = "turns:turn.example.org:443?transport=tcp";
    const plain = "turn:turn.example.org:443?transport=tcp";
    const urls = [...UDP, TCP, tls];
    const end = {
      iceServers: given(...urls),
      candidates: [relay(tls)],
      urlErrors: [...UDP, TCP].map((url) => urlError(url)),
    };
    expect(conclude("way_out", end)).toBe("only-443 (likely)");
    const cut = { ...end, iceServers: given(...urls, plain), urlErrors: [...end.urlErrors, urlError(plain)] };
    expect(conclude("way_out", cut)).toBe("tls-443 (likely)");
  });
  it("is a proxy where one answered", () => {
    const error = { ...urlError(TCP, 701, "the proxy says 407"), code: "proxy_unauthorized" as const };
    expect(conclude("way_out", { urlErrors: [error] })).toBe("proxy (likely)");
  });
});

describe("servers", () => {
  it("are told by the list", () => {
    expect(conclude("ice_servers", { iceServers: given("stun:a.example:3478") })).toBe("stun-only (certain)");
    expect(conclude("ice_servers", { iceServers: given("turn:a.example:3478") })).toBe("turn (certain)");
    expect(conclude("ice_servers", { iceServers: [] })).toBe("none (certain)");
    expect(conclude("ice_servers", { iceServers: null })).toBeNull();
  });
  it("are reached over what the pair, the URL or libwebrtc's priority says", () => {
    const relay = candidate("relay 34.1.1.1:50000", { url: "turns:turn.example.org:5349?transport=tcp" });
    expect(conclude("turn_transport", { candidates: [relay] })).toBe("tls (certain)");
    const byPriority = (preference: number, engine: EndEvidence["engine"]) =>
      conclude("turn_transport", {
        engine,
        candidates: [candidate("relay 34.1.1.1:50000", { priority: preference * 2 ** 24 + 5 })],
      });
    expect(byPriority(1, "chromium")).toBe("tcp (likely)");
    expect(byPriority(0, null)).toBeNull();
    expect(byPriority(0, "werift")).toBeNull();
  });
  it("hand out wrong addresses where nobody can send to them", () => {
    const relayAt = (address: string, url?: string) =>
      conclude("relay_address", {
        candidates: [candidate(`relay ${address}:50000`, url === undefined ? {} : { url })],
      });
    expect(relayAt("172.31.4.5")).toBe("private (certain)");
    expect(relayAt("0.0.0.0")).toBe("unspecified (certain)");
    expect(relayAt("100.100.1.1")).toBe("carrier (certain)");
    expect(relayAt("34.1.1.1", "turn:34.9.9.9:3478")).toBe("not-the-servers (possible)");
    expect(relayAt("34.1.1.1", "turn:34.1.1.1:3478")).toBeNull();
    expect(relayAt("34.1.1.1", "turn:turn.example.org:3478")).toBeNull();
    expect(relayAt("10.0.0.5", "turn:10.0.0.5:3478")).toBe("private (possible)");
  });
  it("are one where both relays have one address, whatever their ports", () => {
    const relays = (own: string, far: string) => ({
      candidates: [candidate(`relay ${own}`)],
      farCandidates: [candidate(`relay ${far}`)],
    });
    expect(conclude("turn_servers", relays("198.51.100.166:49185", "198.51.100.166:49178"))).toBe("1 (likely)");
    expect(conclude("turn_servers", relays("34.1.1.1:49185", "34.1.1.2:49178"))).toBe("2 (likely)");
    expect(conclude("turn_servers", { candidates: [candidate("relay 34.1.1.1:50000")] })).toBeNull();
  });
  it("are given credentials whose expiry is past, or in milliseconds", () => {
    const with_ = (usernameExpiry: number | null, startedAt: number | null) =>
      conclude("credential", {
        startedAt,
        iceServers: [{ urls: ["turn:a.example"], usernameExpiry, hasCredential: true, at: AT }],
      });
    const start = 1_795_000_000_000;
    expect(with_(1_794_990_000, start)).toBe("expired (certain)");
    expect(with_(1_794_999_990, start)).toBe("expired (likely)");
    expect(with_(1_795_003_600, start)).toBeNull();
    expect(with_(1_794_990_000, null)).toBeNull();
    expect(with_(1_795_003_600_000, start)).toBe("milliseconds (certain)");
    expect(with_(null, start)).toBeNull();
  });
  it("are relays alone by policy", () => {
    const relays = [candidate("relay 34.1.1.1:50000")];
    expect(conclude("transport_policy", { transportPolicy: "relay" })).toBe("relay (certain)");
    expect(conclude("transport_policy", { candidates: relays })).toBe("relay (likely)");
    expect(conclude("transport_policy", { transportPolicy: "all", candidates: relays })).toBeNull();
    expect(conclude("transport_policy", { candidates: [HOST, ...relays] })).toBeNull();
  });
});

it("says what it cannot know, and nothing of what is only missing", () => {
  const { conclusions, unknown } = infer(someEvidence(anEnd({ candidates: [HOST] })));
  expect(conclusions.map(({ fact }) => fact)).toEqual(["ip_family"]);
  expect(unknown).toContain("everything about the network of the far end of offerer: the evidence has nothing of it");
  expect(unknown).toContain("which servers offerer was given");
});
