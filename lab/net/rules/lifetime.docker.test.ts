import { afterAll, beforeAll, expect, it } from "vitest";
import type { NatData } from "../../model/nat.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { OUTSIDE, type RulesSpec, type TestRouter, upTestRouter } from "../../test-router.ts";
import type { Ruleset } from "./ruleset.ts";
import { passes, seenAs, type TestSocket } from "./test-host.ts";

const EI = "endpoint-independent";
const AD = "address-dependent";
const APD = "address-and-port-dependent";
const LIFETIME = { mappingLifetimeMs: 2_000 };

/** One of each way in which rules remember a mapping, and each filtering. */
const NATS: [string, NatData][] = [
  ["plain, one port for all destinations", { mapping: EI, filtering: APD }],
  ["plain, a port for each", { mapping: APD, filtering: APD }],
  ["full cone", { mapping: EI, filtering: EI }],
  ["restricted by address", { mapping: EI, filtering: AD, hairpinning: true }],
  ["by address, restricted by address", { mapping: AD, filtering: AD }],
  ["full cone, outbound", { mapping: EI, filtering: EI, refreshedBy: "outbound" }],
  ["restricted by address, outbound", { mapping: EI, filtering: AD, refreshedBy: "outbound" }],
  ["symmetric, outbound", { mapping: APD, filtering: APD, refreshedBy: "outbound", hairpinning: true }],
];

describeDocker("mapping lifetime", () => {
  let router: TestRouter;
  let outX: TestSocket;
  let outY: TestSocket;

  beforeAll(async () => {
    router = await upTestRouter();
    [outX, outY] = (await Promise.all(OUTSIDE.map((address) => router.outside.open(0, address)))) as [
      TestSocket,
      TestSocket,
    ];
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  it.each(NATS)("%s: two seconds, refreshed by what it says", async (_, nat) => {
    const spec: RulesSpec = { nat: { ...nat, ...LIFETIME } };
    await router.load(spec);
    expect(await router.look(spec, true)).toEqual([]);
  });

  const longer = (ruleset: Ruleset): Ruleset => ({
    ...ruleset,
    text: ruleset.text.replaceAll("timeout 2100ms", "timeout 9s"),
    sysctls: Object.fromEntries(
      Object.entries(ruleset.sysctls).map(([name, value]) => [name, name.includes("_udp_") && value > 1 ? 9 : value]),
    ),
  });

  it.each(NATS)("%s: sees a mapping that lives too long", async (_, nat) => {
    const spec: RulesSpec = { nat: { ...nat, ...LIFETIME } };
    await router.load(spec, longer);
    expect((await router.look(spec, true)).join("; ")).toMatch(/mapping lifetime of 2000 ms: .*still there/);
  });

  it("keeps a mapping that is used all the time on one flow alone, for everybody", async () => {
    await router.load({ nat: { mapping: EI, filtering: EI, portAllocation: "random", ...LIFETIME } });
    const socket = await router.inside[0].open();
    const mapped = await seenAs(socket, outX);
    const until = performance.now() + 4_500;
    while (performance.now() < until) {
      expect(await seenAs(socket, outX)).toEqual(mapped);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await passes(outY, socket, mapped)).toBe(true);
    expect(await seenAs(socket, outY)).toEqual(mapped);
    await socket.close();
  });

  it.each([EI, AD, APD] as const)(
    "keeps a mapping over a pause, though the kernel forgets its flows (%s)",
    async (mapping) => {
      await router.load({ nat: { mapping, filtering: APD, portAllocation: "random", refreshedBy: "outbound" } });
      const socket = await router.inside[0].open();
      const before = [await seenAs(socket, outX), await seenAs(socket, outY)];
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect([await seenAs(socket, outX), await seenAs(socket, outY)]).toEqual(before);
      await socket.close();
    },
  );

  it.each<[string, NatData, boolean]>([
    ["what somebody else sends", { mapping: EI, filtering: EI }, false],
    ["answers to somebody else", { mapping: EI, filtering: EI, refreshedBy: "outbound" }, true],
    ["answers to somebody else, let in by address", { mapping: EI, filtering: AD, refreshedBy: "outbound" }, true],
  ])("keeps a mapping for everybody by %s", async (_, nat, isAnswered) => {
    await router.load({ nat: { ...nat, portAllocation: "random", ...LIFETIME } });
    const socket = await router.inside[0].open();
    const mapped = await seenAs(socket, outX);
    // A flow that begins outside.
    const stranger = await router.outside.open(0, OUTSIDE[nat.filtering === EI ? 1 : 0]);
    const until = performance.now() + 4_500;
    while (performance.now() < until) {
      expect(await socket.hears(await stranger.send(mapped))).toEqual(stranger.at);
      if (isAnswered) expect(await seenAs(socket, stranger)).toEqual(mapped);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const third = await router.outside.open(0, stranger.at.address);
    expect(await passes(third, socket, mapped)).toBe(true);
    expect(await seenAs(socket, outX)).toEqual(mapped);
    await Promise.all([socket, stranger, third].map((one) => one.close()));
  });

  it("takes a new port once a mapping is gone, whatever came in meanwhile", async () => {
    await router.load({
      nat: { mapping: EI, filtering: EI, portAllocation: "random", refreshedBy: "outbound", ...LIFETIME },
    });
    const socket = await router.inside[0].open();
    const mapped = await seenAs(socket, outX);
    const seenAt = performance.now();
    let lastPassed = seenAt;
    while (performance.now() - seenAt < 3_500) {
      if (await passes(outX, socket, mapped)) lastPassed = performance.now();
    }
    expect(lastPassed - seenAt).toBeGreaterThan(1_700);
    expect(lastPassed - seenAt).toBeLessThan(2_600);
    expect((await seenAs(socket, outX)).port).not.toBe(mapped.port);
    await socket.close();
  });
});

describeDocker("a router that forgets", () => {
  let router: TestRouter;
  let outX: TestSocket;
  let outY: TestSocket;

  beforeAll(async () => {
    router = await upTestRouter();
    [outX, outY] = (await Promise.all(OUTSIDE.map((address) => router.outside.open(0, address)))) as [
      TestSocket,
      TestSocket,
    ];
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  it.each<[string, NatData]>([
    ["full-cone", { mapping: EI, filtering: EI, portAllocation: "random", hairpinning: true }],
    ["symmetric", { mapping: APD, filtering: APD }],
    ["mobile carrier", { mapping: APD, filtering: APD, refreshedBy: "outbound" }],
    ["by address", { mapping: AD, filtering: AD, portAllocation: "sequential" }],
  ])("%s: lets nothing in any more, and maps anew", async (_, nat) => {
    await router.load({ nat });
    const [socket, other] = (await Promise.all(router.inside.map((host) => host.open()))) as [TestSocket, TestSocket];
    const mapped = await seenAs(socket, outX);
    expect(await seenAs(socket, outX)).toEqual(mapped);
    expect(await passes(outX, socket, mapped)).toBe(true);
    await router.forget();
    expect(await passes(outX, socket, mapped)).toBe(false);
    expect(await passes(outY, socket, mapped)).toBe(false);
    // Somebody else may be the first to come back.
    await seenAs(other, outX);
    const anew = await seenAs(socket, outX);
    expect(anew.port).not.toBe(mapped.port);
    expect(await passes(outX, socket, anew)).toBe(true);
    await Promise.all([socket.close(), other.close()]);
  });

  it("goes on translating while packets come: nothing is left of what it knew", async () => {
    await router.load({ nat: { mapping: EI, filtering: EI, portAllocation: "random" } });
    const socket = await router.inside[0].open();
    for (let round = 0; round < 5; round += 1) {
      const before = await seenAs(socket, outX);
      const [, ...during] = await Promise.all([
        router.forget(),
        ...Array.from({ length: 50 }, () => socket.send(outX.at)),
      ]);
      await Promise.all(during.map((text) => outX.hears(text, 50)));
      expect((await seenAs(socket, outX)).port).not.toBe(before.port);
    }
    await socket.close();
  });
});
