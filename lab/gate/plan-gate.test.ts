import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { PortRule } from "../model/firewall.ts";
import { CLIENT_NETWORKS } from "../model/gate-profile.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import type { GivenProfile } from "./given-profile.ts";
import { planGate } from "./plan-gate.ts";
import { callsAtOnce } from "./quotas.ts";
import { configOf, usersConfig } from "./test-config.ts";

const NAME = "turn.example.org";
const UDP = `turn:${NAME}:3478?transport=udp`;
const TCP = `turn:${NAME}:3478?transport=tcp`;
const TLS = `turns:${NAME}:443?transport=tcp`;
const machine = { cpus: 2, memoryBytes: 8 * 1024 ** 3 };

function plan(
  candidate: TurnConfig,
  { baseline = null, given = {} }: { baseline?: TurnConfig | null; given?: GivenProfile } = {},
) {
  const planned = planGate({ given, candidate, baseline, machine, nowMs: Date.now() });
  if ("faults" in planned) throw new Error(JSON.stringify(planned.faults));
  return planned;
}

function faultsOf(given: GivenProfile, candidate = configOf(), baseline: TurnConfig | null = null) {
  const planned = planGate({ given, candidate, baseline, machine, nowMs: Date.now() });
  return "faults" in planned ? planned.faults : [];
}

const told = (findings: readonly { rule: string; line: number | null; affects: string | null }[]) =>
  findings.map(({ rule, line, affects }) => `${rule} ${line} ${affects}`);

describe("planGate: cells", () => {
  it("has each network with the whole list, two relays, and each URL that no network is left with alone", () => {
    const { cells } = plan(configOf());
    expect(cells.map(({ id, far, option }) => [id, far, option])).toEqual([
      ["home", "any", null],
      ["symmetric", "any", null],
      ["cgnat", "any", null],
      ["udp-blocked", "any", null],
      ["web-only", "any", "tls-listening-port"],
      ["tls-443", "any", "tls-listening-port"],
      ["home relay-to-relay", "relayed", null],
      [`home ${UDP}`, "any", "listening-port"],
      [`home ${TCP}`, "any", "listening-port"],
    ]);
    expect(cells[3]?.urls).toEqual([`stun:${NAME}:3478`, UDP, TCP, TLS]);
    expect(cells[6]?.urls).toEqual([UDP]);
  });

  it("makes nothing twice where the list is one URL, and no cell of a network that it does not get out of", () => {
    const { cells, findings } = plan(configOf(), { given: { iceServers: [{ urls: UDP }] } });
    expect(cells.map(({ id }) => id)).toEqual(["home", "symmetric", "cgnat", "home relay-to-relay"]);
    expect(told(findings.candidate)).toEqual(["network-without-url null users behind firewalls that block UDP"]);
    const asked = plan(configOf(), { given: { networks: ["home", "udp-blocked"], iceServers: [{ urls: UDP }] } });
    expect(told(asked.findings.candidate)).toEqual(["network-without-url null users behind firewalls that block UDP"]);
    expect(asked.findings.candidate[0]).toMatchObject({
      found: `none for udp-blocked: ${UDP}`,
      fix: expect.stringContaining("turns:HOST:443?transport=tcp"),
    });
  });

  it("lets each user of several call, and all others as the first", () => {
    const { cells } = plan(usersConfig("user=a:pa", "user=b:pb"));
    expect(cells.filter(({ username }) => username !== undefined)).toMatchObject([
      { id: "home user b", urls: [UDP], username: "b", option: "user" },
    ]);
  });

  it("relays both ends where the file denies all peers but its own relays", () => {
    const closed = configOf(["denied-peer-ip=0.0.0.0-255.255.255.255", "allowed-peer-ip=34.1.2.3"]);
    expect(plan(closed).cells.map(({ id, far }) => `${id} ${far}`)).toEqual([
      "home relayed",
      "symmetric relayed",
      "cgnat relayed",
      "udp-blocked relayed",
      "web-only relayed",
      "tls-443 relayed",
      "home relay-to-relay relayed",
      `home ${TCP} relayed`,
    ]);
    // One that denies some more than it should is to be found out.
    expect(plan(configOf(["denied-peer-ip=80.0.0.0-90.255.255.255"])).cells[0]?.far).toBe("any");
  });
});

describe("planGate: what cannot work", () => {
  it("tells a listener that is gone, with its line, and whom it cuts off; the baseline has nothing of it", () => {
    const { findings } = plan(configOf(["tls-listening-port=5349"]), { baseline: configOf() });
    expect(told(findings.candidate)).toEqual([
      "network-without-listener 8 users behind firewalls that let only TCP ports 80 and 443 out",
      "network-without-listener 8 users behind firewalls that let only TLS on port 443 out",
    ]);
    expect(findings.candidate[0]).toMatchObject({ option: "tls-listening-port", fix: "tls-listening-port=443" });
    expect(findings.baseline).toEqual([]);
  });

  it.each([
    [configOf(["no-tcp", "no-tls"]), ["udp-blocked", "web-only", "tls-443"]],
    [configOf([], { without: ["pkey"] }), ["web-only", "tls-443"]],
    [configOf(["tls-listening-port=4430", "no-tcp"]), ["web-only", "tls-443", "udp-blocked"]],
    [configOf(["no-udp"]), []],
    [configOf(["listening-port=3479"]), []],
  ] as const)("counts whom %# cuts off", (candidate, networks) => {
    const { candidate: found } = plan(candidate, { baseline: configOf() }).findings;
    const affected = networks.map((network) => CLIENT_NETWORKS[network]);
    expect(found.map(({ affects }) => affects).toSorted()).toEqual(affected.toSorted());
  });

  it("counts a firewall in front of the server: listeners and relay ports that it does not let in", () => {
    const firewall: PortRule[] = ["udp:3478", "tcp:3478", "udp:49152-65535"];
    const { candidate } = plan(configOf(), { given: { firewall, networks: ["home", "tls-443"] } }).findings;
    expect(told(candidate)).toEqual([
      "network-without-listener null users behind firewalls that let only TLS on port 443 out",
      `url-outside-firewall null users who come by ${TLS}`,
    ]);
    const moved = configOf(["min-port=49000", "max-port=50000"]);
    const { findings } = plan(moved, { baseline: configOf(), given: { firewall, networks: ["home"] } });
    expect(findings.candidate.map(({ rule }) => rule)).toEqual([
      "url-outside-firewall",
      "relay-range-outside-firewall",
    ]);
    expect(findings.baseline.map(({ rule }) => rule)).toEqual(["url-outside-firewall"]);
  });

  it("refuses a baseline on which no call can work", () => {
    const given = { iceServers: [{ urls: TLS }] };
    expect(faultsOf(given, configOf(), configOf(["no-tls"]))).toMatchObject([
      { place: "turnserver.conf (the baseline)", found: expect.stringContaining("no-tls") },
    ]);
    expect(faultsOf(given, configOf(["no-tls"]), configOf())).toEqual([]);
  });

  it("finds the same in both where both have it", () => {
    const old = configOf(["tls-listening-port=5349"]);
    const { findings } = plan(old, {
      baseline: old,
      given: { iceServers: [{ urls: [UDP, TLS] }], networks: ["home", "tls-443"] },
    });
    expect(findings.candidate).toEqual(findings.baseline);
    expect(findings.candidate).not.toEqual([]);
  });
});

describe("planGate: credentials", () => {
  const minted = (secret: string, username: string) => ({
    username,
    credential: createHmac("sha1", secret).update(username).digest("base64"),
  });

  it("makes those anew that the file's secret made, and leaves others to be refused", () => {
    const [ours, theirs] = [
      minted("north-by-north-west", "1700000000:alice"),
      minted("another-secret", "1700000000:bob"),
    ];
    const given = {
      iceServers: [
        { urls: UDP, ...ours },
        { urls: TCP, ...theirs },
      ],
    };
    const { profile, notes } = plan(configOf(["static-auth-secret=rotated"]), { baseline: configOf(), given });
    expect(profile.iceServers).toEqual([{ urls: [UDP] }, { urls: [TCP], ...theirs }]);
    expect(notes).toContainEqual(expect.stringContaining("made anew with the secret of turnserver.conf"));
    const users = usersConfig("user=a:pa");
    expect(plan(users, { given }).profile.iceServers[0]).toEqual({ urls: [UDP], ...ours });
  });
});

describe("planGate: needs", () => {
  it("tells the check of both files what clients have, and where the machine stands if somebody knows", () => {
    const profile: GivenProfile = { peerAddresses: ["34.5.6.7"], concurrentCalls: 5, credentialLifetimeS: 600 };
    expect(plan(configOf(["external-ip=34.9.9.9"]), { baseline: configOf(), given: profile }).needs).toEqual({
      urls: [`stun:${NAME}:3478`, UDP, TCP, TLS],
      publicAddress: "34.1.2.3",
      concurrentCalls: 5,
      bitsPerSecond: 500_000,
      callSeconds: 3_600,
      credentialLifetimeS: 600,
      peerAddresses: ["34.5.6.7"],
    });
    expect(plan(configOf()).needs.publicAddress).toBeNull();
    expect(plan(configOf(), { given: { iceServers: [{ urls: "turn:34.5.6.7" }] } }).needs.publicAddress).toBe(
      "34.5.6.7",
    );
  });

  it("makes no more calls of a cell at once than the quotas let in", () => {
    const { cells } = plan(configOf());
    const of = (id: string, config: TurnConfig) => {
      const cell = cells.find((one) => one.id === id);
      return cell ? callsAtOnce(cell, config) : null;
    };
    expect(of("home", configOf(["total-quota=10"]))).toBe(3);
    expect(of("home relay-to-relay", configOf(["total-quota=10"]))).toBe(5);
    expect(of("home", configOf(["total-quota=1"]))).toBe(1);
    expect(of("home", configOf())).toBe(Math.floor(16_384 / 3));
  });
});

describe("planGate: the machine", () => {
  it.each([
    ["the baseline's", configOf(["external-ip=34.9.9.9/10.0.0.9"]), configOf(), ["34.1.2.3", "10.0.0.5"]],
    [
      "the baseline's, of which the candidate says more",
      configOf(),
      configOf(["external-ip=34.1.2.3"]),
      ["34.1.2.3", "10.0.0.5"],
    ],
    [
      "the baseline's without its private address",
      configOf(["external-ip=34.1.2.3"]),
      configOf(),
      ["34.1.2.3", "10.0.0.5"],
    ],
    ["the candidate's own", configOf(), null, ["34.1.2.3", "10.0.0.5"]],
    ["the lab's", configOf([], { without: ["external-ip"] }), null, ["34.77.1.10", null]],
    ["the lab's, where nobody could have it", configOf(["external-ip=203.0.113.7"]), null, ["34.77.1.10", null]],
  ])("stands at %s place", (_, candidate, baseline, [publicAddress, privateAddress]) => {
    expect(plan(candidate, { baseline }).place).toEqual({ publicAddress, privateAddress });
  });

  it("stands where clients look for it, so that a wrong external-ip is found out", () => {
    const given = { iceServers: [{ urls: "turn:34.5.6.7:3478" }] };
    expect(plan(configOf(), { given }).place.publicAddress).toBe("34.5.6.7");
    expect(faultsOf(given, configOf(), configOf())).toMatchObject([
      { place: "iceServers[0].urls", found: "turn:34.5.6.7:3478" },
    ]);
  });

  it("is refused more calls than it can make", () => {
    expect(faultsOf({ concurrentCalls: 500 })).toMatchObject([{ place: "concurrentCalls", found: "500" }]);
    expect(faultsOf({ concurrentCalls: 9_000, bitsPerSecond: 1_000 })).toHaveLength(2);
  });
});

describe("planGate: names", () => {
  it("knows the server by the names of TURN URLs, stands in for public STUN, and leaves providers out", () => {
    const { hosts, notes, cells } = plan(configOf(), {
      given: {
        iceServers: [
          { urls: ["stun:stun.l.google.com:19302", "stun:stun.example.net", "stuns:turn.example.org"] },
          { urls: ["turn:global.turn.twilio.com:3478?transport=udp"], username: "x", credential: "y" },
          { urls: ["turn:eu.turn.example.org:3478", `turns:${NAME}:443`] },
        ],
      },
    });
    expect(hosts).toMatchObject({
      hostname: "eu.turn.example.org",
      aliases: [NAME],
      stun: { names: ["stun.l.google.com", "stun.example.net"], ports: [19_302, 3_478] },
    });
    expect(cells.flatMap(({ urls }) => urls).some((url) => url.includes("twilio"))).toBe(false);
    expect(notes.filter((note) => note.includes("left out"))).toHaveLength(2);
  });

  it("asks for a URL of the server's own", () => {
    const given = { iceServers: [{ urls: "turn:global.turn.twilio.com:3478", username: "x", credential: "y" }] };
    expect(faultsOf(given)).toMatchObject([{ place: "iceServers", expected: "a TURN URL that leads to this server" }]);
  });
});
