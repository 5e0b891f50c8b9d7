import { describe, expect, it } from "vitest";
import { fateOf } from "./firewall.ts";
import type { NatData } from "./nat.ts";
import { NAT_PRESETS, type NatPresetName, type NatSpec } from "./nat-presets.ts";
import { type FirewallCheck, natMismatches, type ObservedNat, type RouterBehaviour } from "./observed-nat.ts";
import { type RouterSpec, routerBehaviour } from "./topology.ts";

const EI = "endpoint-independent";
const AD = "address-dependent";
const APD = "address-and-port-dependent";
const OUTSIDE = ["81.2.64.2", "81.2.64.2"] as const;
const PORTS = [3478, 3479, 80, 443, 5349, 50_000];

/** What a probe sees of a router that is what it claims. */
function ideal(behaviour: RouterBehaviour): ObservedNat {
  const { firewall, portAllocation, addressing } = behaviour;
  const checks = PORTS.flatMap((port): FirewallCheck[] =>
    (["udp", "tcp"] as const).map((protocol) => {
      const flow = { protocol, port, isTls: firewall.tlsOnly.includes(port) && protocol === "tcp" };
      const fate = fateOf(firewall, flow);
      return { flow, via: "direct", expected: fate, observed: fate };
    }),
  );
  const open = (protocol: string) =>
    checks.filter(({ flow, expected }) => flow.protocol === protocol && expected === "passed").length;
  const seen = <T>(protocol: string, value: T) => (open(protocol) > 0 ? value : null);
  const mapped = (mapping: RouterBehaviour["mapping"], ports: number) => (mapping === AD && ports < 2 ? APD : mapping);
  const ports =
    addressing === "one-to-one" ? "preserving" : typeof portAllocation === "string" ? portAllocation : "sequential";
  const hairpins = behaviour.hairpinning && [behaviour.mapping, behaviour.filtering].includes(EI);
  return {
    mapping: seen("udp", mapped(behaviour.mapping, open("udp"))),
    filtering: seen("udp", behaviour.filtering),
    tcp: {
      mapping: seen("tcp", mapped(behaviour.tcp.mapping, open("tcp"))),
      filtering: seen("tcp", behaviour.tcp.filtering),
      portAllocation: seen("tcp", ports),
      unsolicitedRefused: seen("tcp", false),
      sourceKept: null,
    },
    hairpinning: seen("udp", hairpins),
    hairpinSource: seen("udp", hairpins ? "external" : null),
    portAllocation: seen("udp", ports),
    sharedPortKept: seen("udp", true),
    addressing: seen("udp", addressing),
    externalAddress: seen("udp", OUTSIDE[0]),
    externalPorts: seen("udp", [16_384, 16_385, 16_386]) ?? [],
    secondExternalAddress: seen("udp", OUTSIDE[1]),
    unsolicitedPassed: seen("udp", behaviour.filtering === EI),
    keptAfterUnsolicited: seen("udp", behaviour.mapping === EI ? true : null),
    sourceKept: seen("udp", true),
    lifetimeMs: null,
    refreshedBy: null,
    keptByAnswers: null,
    firewall: checks,
  };
}

const MISSED: Partial<ObservedNat> = {
  forwards: [
    { to: "turn", protocol: "udp", port: 3478, expected: true, observed: false },
    { to: "turn", protocol: "udp", port: 3479, expected: false, observed: true },
    { to: "turn", protocol: "tcp", port: 3478, expected: true, observed: true },
  ],
  leaving: [
    { from: "turn", port: 49_152, expected: "81.2.64.2:49152", observed: "81.2.64.2:1024" },
    { from: "turn", port: 65_535, expected: "81.2.64.2:65535", observed: null },
  ],
};

const mismatches = (
  spec: Pick<RouterSpec, "nat" | "firewall">,
  changed: (observed: ObservedNat) => Partial<ObservedNat>,
) => {
  const behaviour = routerBehaviour(spec);
  const observed = ideal(behaviour);
  return natMismatches(behaviour, { ...observed, ...changed(observed) }, { externalAddresses: OUTSIDE });
};
const ALL = [EI, AD, APD] as const;
const NINE: NatData[] = ALL.flatMap((mapping) => ALL.map((filtering) => ({ mapping, filtering })));

describe("natMismatches", () => {
  it.each(Object.keys(NAT_PRESETS) as NatPresetName[])("%s that is what it claims has none", (nat) => {
    expect(mismatches({ nat }, () => ({}))).toEqual([]);
  });

  it.each(NINE)("$mapping mapping, $filtering filtering: none, and each of the other eight is told", (nat) => {
    expect(mismatches({ nat }, () => ({}))).toEqual([]);
    for (const other of NINE) {
      if (other.mapping === nat.mapping && other.filtering === nat.filtering) continue;
      const { mapping, filtering } = other;
      expect(mismatches({ nat }, () => ({ mapping, filtering }))).not.toEqual([]);
    }
  });

  it("is not what it claims where a forwarded port leads nowhere, one beside it in, or its own out by another", () => {
    expect(mismatches({ nat: "home" }, () => MISSED)).toEqual([
      "UDP port 3478 leads to turn: expected true, observed false",
      "UDP port 3479 leads to turn: expected false, observed true",
      "what turn sends from UDP port 49152 leaves by: expected 81.2.64.2:49152, observed 81.2.64.2:1024",
      "what turn sends from UDP port 65535 leaves by: expected 81.2.64.2:65535, observed nothing that tells",
    ]);
  });

  it.each<[string, NatSpec, Partial<ObservedNat>, RegExp]>([
    ["a mapping that could not be told", "home", { mapping: null }, /^mapping: .*nothing that tells/],
    ["a filter that could not be told", "home", { filtering: null }, /^filtering/],
    ["an early packet taken for the router's own", "home", { keptAfterUnsolicited: false }, /kept after unsolicited/],
    ["somebody unknown let in", "home", { unsolicitedPassed: true }, /unsolicited input passed: expected false/],
    [
      "nobody let in by a full cone",
      "full-cone",
      { unsolicitedPassed: false },
      /unsolicited input passed: expected true/,
    ],
    ["hairpinning that should not be", "home", { hairpinning: true }, /hairpinning: expected false/],
    ["no hairpinning", "full-cone", { hairpinning: false }, /hairpinning: expected true/],
    [
      "a hairpin with an inside source",
      "full-cone",
      { hairpinSource: "internal" },
      /source address: expected external/,
    ],
    ["senders that are not themselves", "full-cone", { sourceKept: false }, /^true source of what comes in/],
    ["two hosts mixed up", "home", { sharedPortKept: false }, /same port/],
    ["ports that are not kept", "home", { portAllocation: "random" }, /port allocation: expected preserving/],
    ["one address for all of a cloud", "cloud-1to1", { addressing: "shared" }, /addressing: expected one-to-one/],
    ["another outside address", "home", { externalAddress: "192.168.1.254" }, /^outside address/],
    ["another outside address for a second host", "home", { secondExternalAddress: null }, /second host/],
    ["privileged ports", "symmetric", { externalPorts: [1023] }, /unprivileged/],
    ["ports of two blocks", "cgnat-rfc6888", { externalPorts: [16_384 + 511, 16_384 + 512] }, /block of 512/],
    ["no look at the firewall", "home", { firewall: [] }, /^firewall: expected looked at/],
  ])("tells %s", (_, nat, changed, message) => {
    expect(mismatches({ nat }, () => changed)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it.each<[string, Partial<ObservedNat["tcp"]>, RegExp]>([
    ["TCP mapping", { mapping: APD }, /^TCP mapping: expected endpoint-independent/],
    ["TCP filtering", { filtering: EI }, /^TCP filtering/],
    ["TCP ports", { portAllocation: "random" }, /^TCP port allocation/],
    ["TCP senders", { sourceKept: false }, /^true source of TCP/],
    ["TCP refused", { unsolicitedRefused: true }, /unsolicited TCP refused/],
    ["TCP that could not be told", { mapping: null }, /^TCP mapping: .*nothing that tells/],
  ])("tells wrong %s", (_, tcp, message) => {
    const found = mismatches({ nat: "home" }, (observed) => ({ tcp: { ...observed.tcp, ...tcp } }));
    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it("tells each flow that is let out or kept in against the rules", () => {
    const passing = (observed: ObservedNat) => ({
      firewall: observed.firewall.map((check): FirewallCheck => ({ ...check, observed: "passed" })),
    });
    expect(mismatches({ nat: "home", firewall: "stun-port-blocked" }, passing)).toEqual([
      "UDP to port 3478: expected dropped, observed passed",
      "TCP to port 3478: expected dropped, observed passed",
    ]);
    expect(mismatches({ nat: "udp-blocked" }, passing)).toHaveLength(PORTS.length);
  });

  it("needs no behaviour of what the firewall keeps in", () => {
    expect(mismatches({ nat: "home", firewall: "proxy-only" }, () => ({}))).toEqual([]);
    expect(mismatches({ nat: { mapping: AD, filtering: APD }, firewall: { allow: ["udp:3478"] } }, () => ({}))).toEqual(
      [],
    );
  });

  it("expects a hairpinned packet only where it can arrive", () => {
    const nat = { mapping: APD, filtering: APD, hairpinning: true } as const;
    expect(mismatches({ nat }, () => ({}))).toEqual([]);
    expect(mismatches({ nat }, () => ({ hairpinning: true }))).toEqual([expect.stringMatching(/^hairpinning/)]);
  });

  it.each<[string, Pick<ObservedNat, "lifetimeMs" | "refreshedBy"> & Partial<ObservedNat>, RegExp[]]>([
    ["as claimed", { lifetimeMs: { livedAtLeast: 2_400, goneAfter: 3_600 }, refreshedBy: "both" }, []],
    [
      "too short",
      { lifetimeMs: { livedAtLeast: 0, goneAfter: 2_400 }, refreshedBy: "both" },
      [/lost between 0 and 2400/],
    ],
    ["too long", { lifetimeMs: { livedAtLeast: 2_400, goneAfter: null }, refreshedBy: "both" }, [/still there/]],
    [
      "not refreshed by inbound",
      { lifetimeMs: { livedAtLeast: 2_400, goneAfter: 3_600 }, refreshedBy: "outbound" },
      [/refreshed/],
    ],
    [
      "not kept by answers",
      { lifetimeMs: { livedAtLeast: 2_400, goneAfter: 3_600 }, refreshedBy: "both", keptByAnswers: false },
      [/mapping kept by answers to what comes in: expected true, observed false/],
    ],
    [
      "not measured",
      { lifetimeMs: null, refreshedBy: null, keptByAnswers: null },
      [/lifetime.*nothing that tells/, /refreshed/, /kept by answers/],
    ],
  ])("tells a lifetime that is %s", (_, measured, messages) => {
    const behaviour = routerBehaviour({ nat: { mapping: EI, filtering: APD, mappingLifetimeMs: 3_000 } });
    const found = natMismatches(
      behaviour,
      { ...ideal(behaviour), keptByAnswers: true, ...measured },
      { isLifetimeProven: true },
    );
    expect(found).toEqual(messages.map((message) => expect.stringMatching(message)));
  });
});
