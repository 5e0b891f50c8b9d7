import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "./lab-up.ts";
import type { IceServerRef } from "./model/topology.ts";
import { runSession } from "./peer/session.ts";
import type { LabSpec } from "./plan-lab.ts";
import { describeDocker } from "./runtime/docker-test.ts";
import { inNode, testContext } from "./test-lab.ts";
import { iceServersOf } from "./turn/ice-servers.ts";

const SPEC: LabSpec = {
  topology: {
    routers: {
      near: { nat: "symmetric", ip: "dual" },
      campus: { nat: "symmetric", ip: "ipv6" },
      carrier: { nat: "symmetric", ip: "nat64" },
    },
    turnServers: { turn: {}, old: { ip: "ipv4" } },
  },
  peers: {
    both: { behind: "near", iceServers: [] },
    six: { behind: "campus", iceServers: [] },
    phone: { behind: "carrier", iceServers: [], link: { latencyMs: 20 } },
    four: { behind: "internet", iceServers: [] },
  },
};

describeDocker("calls with IPv6", () => {
  let lab: StartedLab;
  let sessions = 0;
  beforeAll(async () => {
    lab = await upLab("ipv6-calls", SPEC, await testContext());
  });
  afterAll(() => lab?.down());

  /** One call; the far end has no server of its own. */
  const call = (from: string, to: string, refs: IceServerRef[], transportPolicy: "all" | "relay" = "all") => {
    const [offerer, answerer] = [lab.peers[from], lab.peers[to]];
    if (!offerer || !answerer) throw new Error("no such peer");
    return runSession(offerer, answerer, {
      session: ++sessions,
      iceServers: { offerer: iceServersOf(refs, lab.turnServers), answerer: [] },
      transportPolicy: { offerer: transportPolicy, answerer: "all" },
      traffic: { messageBytes: 100, messagesPerSecond: 50, durationMs: 100 },
      timeoutMs: 20_000,
    });
  };

  it.each([
    ["both", "six"],
    ["six", "both"],
    ["phone", "both"],
  ])("connects %s and %s over IPv6 through both firewalls, with no server at all", async (from, to) => {
    const { outcome, pair, peers } = await call(from, to, []);
    expect(outcome).toBe("connected");
    expect(pair).toMatchObject({ offerer: "host" });
    for (const { selectedPair } of [peers.offerer, peers.answerer]) {
      expect(selectedPair?.local.address).toMatch(/^2001:8b0:/);
      expect(selectedPair?.remote.address).toMatch(/^2001:8b0:/);
    }
  });

  it("gives each peer host candidates of the families it has, IPv6 with the higher priority", async () => {
    const { peers } = await call("both", "phone", []);
    const hosts = (candidates: { type: string; address: string; priority: number }[]) =>
      candidates.filter(({ type }) => type === "host").toSorted((a, b) => b.priority - a.priority);
    expect(hosts(peers.offerer.candidates).map(({ address }) => address)).toEqual([
      "2001:8b0:4000:1::10",
      "192.168.1.10",
    ]);
    expect(hosts(peers.answerer.candidates).map(({ address }) => address)).toEqual(["2001:8b0:4002:1::30"]);
  });

  it.each(["udp", "tcp", "tls"] as const)(
    "reaches an IPv4 server from behind NAT64 over %s without waiting for its IPv4 address",
    async (kind) => {
      const { outcome, pair, peers } = await call("phone", "four", [{ server: "old", urls: ["stun", kind] }]);
      expect(outcome).toBe("connected");
      expect(pair).toMatchObject({ offerer: "relay" });
      expect(peers.offerer.selectedTransport).toBe(kind);
      for (const { outcome, durationMs } of peers.offerer.urls) {
        expect(outcome).toBe("ok");
        expect(durationMs).toBeLessThan(2_000);
      }
      // What the server saw of the phone is the router's IPv4 address.
      const reflexive = peers.offerer.candidates.find(({ type }) => type === "srflx");
      expect(reflexive).toMatchObject({ address: "81.2.66.2", relatedAddress: "2001:8b0:4002:1::30" });
    },
  );

  it("uses a dual-stack server over IPv6, and gets a relay with an IPv4 address (RFC 8656 section 7.2)", async () => {
    const { outcome, peers } = await call("six", "four", [{ server: "turn", urls: ["udp"] }]);
    expect(outcome).toBe("connected");
    const relay = peers.offerer.candidates.find(({ type }) => type === "relay");
    expect(relay?.address).toBe("34.77.1.10");
    expect(relay?.relatedAddress).toMatch(/^2001:8b0:4001:1::/);
  });

  it.each(["udp", "tcp"] as const)("relays over IPv6 where that is asked for, over %s", async (transport) => {
    const { turn, old } = lab.turnServers;
    if (!turn || !old) throw new Error("two servers");
    const [ipv4 = "", ipv6 = ""] = turn.addresses;
    const check = (address: string, credential: typeof turn.credential, addressFamily?: "ipv4" | "ipv6") =>
      lab.observerOf(address.includes(":") ? "ipv6" : "ipv4").ask("turn-relay-check", {
        address,
        port: 3478,
        transport,
        ...credential,
        ...(addressFamily ? { addressFamily } : {}),
      });
    expect(await check(ipv6, turn.credential, "ipv6")).toMatchObject({ relayed: { address: ipv6 }, received: true });
    expect(await check(ipv4, turn.credential)).toMatchObject({ relayed: { address: ipv4 }, received: true });
    // 440 Address Family not Supported (RFC 8656 section 7.2).
    await expect(check(old.address, old.credential, "ipv6")).rejects.toThrow(/440/);
  });

  it("says within a second that an IPv4 server has no name and no address for IPv6 alone", async () => {
    const { outcome, peers } = await call("six", "four", [{ server: "old", urls: ["stun", "udp", "tls"] }]);
    expect(outcome).toBe("failed");
    for (const { failure, durationMs } of peers.offerer.urls) {
      expect(failure?.code).toBe("dns_failed");
      expect(durationMs).toBeLessThan(1_000);
    }
    expect(peers.offerer.candidates.map(({ type }) => type)).toEqual(["host"]);
  });

  it.each(["udp", "tcp", "tls"] as const)(
    "falls back to IPv4 within a second when IPv6 to the server is a black hole (%s, RFC 8305)",
    async (kind) => {
      const block =
        "nft 'table ip6 hole { chain hole { type filter hook forward priority -10; ip6 daddr 2600::/16 drop; }; }'";
      await inNode(lab, "near", "sh", "-c", block);
      try {
        const { outcome, peers } = await call("both", "four", [{ server: "turn", urls: [kind] }], "relay");
        expect(outcome).toBe("connected");
        const [url] = peers.offerer.urls;
        expect(url).toMatchObject({ outcome: "ok" });
        expect(url?.durationMs).toBeGreaterThanOrEqual(250);
        expect(url?.durationMs).toBeLessThan(2_000);
        const relays = peers.offerer.candidates.filter(({ type }) => type === "relay");
        expect(relays).toHaveLength(1);
      } finally {
        await inNode(lab, "near", "nft", "delete", "table", "ip6", "hole");
      }
    },
  );

  it("has IPv6 again after a router's reboot", async () => {
    await lab.reboot("near", 300, new AbortController().signal);
    expect((await call("both", "six", [])).outcome).toBe("connected");
  });
});
