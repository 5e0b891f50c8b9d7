import { afterAll, beforeAll, expect, it } from "vitest";
import type { NatData } from "../../model/nat.ts";
import type { NatSpec } from "../../model/nat-presets.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { OUTSIDE, type TestRouter, upTestRouter } from "../../test-router.ts";
import { passes, seenAs, type TestHost, type TestSocket } from "./test-host.ts";

const EI = "endpoint-independent";
const APD = "address-and-port-dependent";
const SERVICE = 3478;
const RELAYS = { min: 49_152, max: 50_000 };

describeDocker("forwarded ports", () => {
  let router: TestRouter;
  let hostA: TestHost;
  let hostB: TestHost;
  let outX: TestSocket;
  let outY: TestSocket;

  beforeAll(async () => {
    router = await upTestRouter("shared", {}, [
      { to: "offerer", ports: [`udp:${SERVICE}`, `udp:${RELAYS.min}-${RELAYS.max}`, `tcp:${SERVICE}`] },
    ]);
    [hostA, hostB] = router.inside;
    [outX, outY] = (await Promise.all(OUTSIDE.map((address) => router.outside.open(0, address)))) as [
      TestSocket,
      TestSocket,
    ];
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  const at = (port: number) => ({ address: router.wanAddress, port });
  const NATS: NatSpec[] = [
    "home",
    "symmetric",
    "full-cone",
    "mobile-carrier",
    "corporate",
    { mapping: APD, filtering: EI },
    { mapping: EI, filtering: APD, portAllocation: "random" },
  ];

  it.each(NATS)("lead in for everybody and out by themselves, and no other socket has them (%s)", async (nat) => {
    await router.load({ nat });
    const [relay, beside, other] = await Promise.all([
      hostA.open(RELAYS.min),
      hostA.open(RELAYS.min - 1),
      hostB.open(RELAYS.min),
    ]);
    // Nobody inside has sent anything yet.
    expect(await seenAs(outX, relay, at(RELAYS.min))).toEqual(outX.at);
    expect(await passes(outX, beside, at(RELAYS.min - 1))).toBe(false);
    expect(await passes(outX, other, at(RELAYS.min))).toBe(false);
    for (const remote of [outX, outY]) expect(await seenAs(relay, remote)).toEqual(at(RELAYS.min));
    const seen = await seenAs(other, outY);
    expect(seen.port < RELAYS.min || seen.port > RELAYS.max).toBe(true);
    // Both ways with the same far end, whoever began: its port is what it is.
    expect(await seenAs(outY, relay, at(RELAYS.min))).toEqual(outY.at);
    expect(await seenAs(outY, other, seen)).toEqual(outY.at);
    await Promise.all([relay, beside, other].map((socket) => socket.close()));
  });

  it("lead TCP in by the port that it came to", async () => {
    await router.load({ nat: "home" });
    await hostA.listen(SERVICE);
    expect(await router.outside.connect(40_000, at(SERVICE))).toEqual({ address: OUTSIDE[0], port: 40_000 });
    await hostA.listen(SERVICE + 1);
    expect(await router.outside.connect(40_001, at(SERVICE + 1), 250)).toBeNull();
  });

  it.each<[string, NatData]>([
    ["filtered by port", { mapping: EI, filtering: APD, hairpinning: true }],
    ["not filtered, mapped by destination", { mapping: APD, filtering: EI, hairpinning: true }],
    ["refreshed by outbound packets", { mapping: EI, filtering: APD, refreshedBy: "outbound", hairpinning: true }],
  ])("are reached from inside where the router hairpins, by an outside address (%s)", async (_, nat) => {
    await router.load({ nat });
    const [relay, other] = await Promise.all([hostA.open(RELAYS.min + 7), hostB.open()]);
    const seen = await seenAs(other, relay, at(RELAYS.min + 7));
    expect(seen.address).toBe(router.wanAddress);
    expect(await seenAs(relay, other, seen)).toEqual(at(RELAYS.min + 7));
    await router.load({ nat: { ...nat, hairpinning: false } });
    expect(await passes(other, relay, at(RELAYS.min + 7))).toBe(false);
    await Promise.all([relay.close(), other.close()]);
  });

  /** Of a full cone that knows the sockets, only what nobody has come by or left by before tells. */
  it.each<[NatSpec, RegExp]>([
    ["home", /udp dport \d+-\d+ dnat|tcp dport 3478 dnat|udp sport 3478 snat/],
    ["full-cone", / iifname "wan" .* udp dport \d+-\d+ dnat|udp sport \d+-\d+ snat/],
  ])("are missed by the probe when a rule of theirs is missing, or goes too far (%s)", async (nat, forwarding) => {
    const rules: string[] = [];
    await router.load({ nat }, (ruleset) => {
      rules.push(...ruleset.text.split("\n").filter((line) => forwarding.test(line)));
      return ruleset;
    });
    expect(rules).toHaveLength(nat === "home" ? 3 : 2);
    expect(await router.look({ nat })).toEqual([]);
    const instead = async (from: string, to: string) => {
      await router.load({ nat }, (ruleset) => ({ ...ruleset, text: ruleset.text.replace(from, to) }));
      return (await router.look({ nat })).join("; ");
    };
    for (const rule of rules) expect(await instead(`${rule}\n`, "")).toMatch(/leads to offerer|what offerer sends/);
    const tooFar = await instead("udp dport 3478 dnat", "udp dport 3478-3479 dnat");
    expect(tooFar).toBe("UDP port 3479 leads to offerer: expected false, observed true");
  });
});
