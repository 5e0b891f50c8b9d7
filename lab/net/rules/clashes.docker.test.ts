import { afterAll, beforeAll, expect, it } from "vitest";
import type { NatData } from "../../model/nat.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { OUTSIDE, type TestRouter, upTestRouter } from "../../test-router.ts";
import { loadRuleset } from "./load-ruleset.ts";
import { rulesetOf } from "./ruleset.ts";
import { passes, SILENCE_MS, seenAs, type TestHost, type TestSocket } from "./test-host.ts";
import { TCP_CLOSED_MS } from "./translation.ts";

const EI = "endpoint-independent";
const AD = "address-dependent";
const APD = "address-and-port-dependent";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describeDocker("where flows and mappings get in each other's way", () => {
  let router: TestRouter;
  let hostA: TestHost;
  let hostB: TestHost;
  let outX: TestSocket;
  let outY: TestSocket;

  beforeAll(async () => {
    router = await upTestRouter();
    [hostA, hostB] = router.inside;
    [outX, outY] = (await Promise.all(OUTSIDE.map((address) => router.outside.open(0, address)))) as [
      TestSocket,
      TestSocket,
    ];
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  it.each<[NatData["mapping"], NatData["filtering"], NatData["refreshedBy"]]>([
    [APD, EI, "both"],
    [AD, EI, "both"],
    [APD, AD, "both"],
    [APD, EI, "outbound"],
  ])(
    "keeps the far end's port, though it comes by another mapping (%s, %s, %s)",
    async (mapping, filtering, refreshedBy) => {
      await router.load({ nat: { mapping, filtering, refreshedBy } });
      const far = filtering === AD ? await router.outside.open(0, OUTSIDE[0]) : outY;
      const socket = await hostA.open();
      const [p1, p2] = [await seenAs(socket, outX), await seenAs(socket, far)];
      expect(p2.port).not.toBe(p1.port);
      for (let round = 0; round < 2; round += 1) {
        // By either of its ports, and the answer leaves by the mapping that is meant for it.
        expect(await seenAs(far, socket, p1)).toEqual(far.at);
        expect(await seenAs(far, socket, p2)).toEqual(far.at);
        expect(await seenAs(socket, far)).toEqual(p2);
        expect(await seenAs(outX, socket, p1)).toEqual(outX.at);
        expect(await seenAs(socket, outX)).toEqual(p1);
      }
      await socket.close();
    },
  );

  it.each([AD, APD] as const)("answers whom it never sent to by the port he came to (%s)", async (mapping) => {
    await router.load({ nat: { mapping, filtering: EI } });
    const socket = await hostA.open();
    const p1 = await seenAs(socket, outX);
    expect(await seenAs(outY, socket, p1)).toEqual(outY.at);
    expect(await seenAs(socket, outY)).toEqual(p1);
    // A mapping towards another port of his changes nothing for the flow under way.
    const near = await router.outside.open(0, OUTSIDE[1]);
    expect((await seenAs(socket, near)).port).not.toBe(p1.port);
    expect(await seenAs(outY, socket, p1)).toEqual(outY.at);
    expect(await seenAs(socket, outY)).toEqual(p1);
    await Promise.all([socket.close(), near.close()]);
  });

  it.each([AD, APD] as const)("lets TCP in by another mapping's port, and answers from it (%s)", async (mapping) => {
    await router.load({ nat: { mapping, filtering: EI, tcp: { mapping, filtering: EI } } });
    const port = mapping === AD ? 7_300 : 7_301;
    const [x, y] = await Promise.all(OUTSIDE.map((address) => router.outside.listen(port, address)));
    if (!x || !y) throw new Error("the outside has two addresses");
    const [p1, p2] = [await hostA.connect(port, x), await hostA.connect(port, y)];
    if (!p1 || !p2) throw new Error("nobody got out");
    expect(p2.port).not.toBe(p1.port);
    await hostA.listen(port);
    // From the address of Y as well, which A has a mapping towards, where mappings go by addresses.
    expect(await router.outside.connect(port + 10, p1, SILENCE_MS)).toEqual({ address: OUTSIDE[0], port: port + 10 });
    expect(await router.outside.connect(port + 11, p2, SILENCE_MS)).toEqual({ address: OUTSIDE[0], port: port + 11 });
  });

  it.each<[NatData["mapping"], NatData["filtering"], NatData["refreshedBy"]]>([
    [APD, APD, "outbound"],
    [AD, AD, "outbound"],
    [AD, EI, "outbound"],
    [APD, EI, "both"],
  ])("keeps a mapping in use whose flows begin outside (%s, %s, %s)", async (mapping, filtering, refreshedBy) => {
    await router.load({ nat: { mapping, filtering, refreshedBy, mappingLifetimeMs: 3_000 } });
    const socket = await hostA.open();
    const mapped = await seenAs(socket, outX);
    const forgetFlows = async () => {
      await pause(1_700);
      await router.lab.fabric.exec(["sh", "-c", "conntrack -F 2>&1"], { netns: router.pid });
    };
    for (let round = 0; round < 3; round += 1) {
      // The kernel has forgotten the flow by then, or it is made to, and the far end is the first to send.
      await forgetFlows();
      expect(await seenAs(outX, socket, mapped)).toEqual(outX.at);
      expect(await seenAs(socket, outX)).toEqual(mapped);
    }
    await forgetFlows();
    expect(await seenAs(socket, outX)).toEqual(mapped);
    await socket.close();
  });

  it("makes no mapping of answers to a stranger", async () => {
    await router.load({ nat: { mapping: APD, filtering: EI, refreshedBy: "outbound" } });
    const socket = await hostA.open();
    const mapped = await seenAs(socket, outX);
    expect(await seenAs(outY, socket, mapped)).toEqual(outY.at);
    expect(await seenAs(socket, outY)).toEqual(mapped);
    await pause(1_700);
    expect((await seenAs(socket, outY)).port).not.toBe(mapped.port);
    expect(await seenAs(socket, outX)).toEqual(mapped);
    await socket.close();
  });

  it.each<[string, NatData]>([
    ["written down once a flow", { mapping: EI, filtering: APD }],
    ["refreshed by every packet", { mapping: EI, filtering: EI }],
    ["a block for each", { mapping: EI, filtering: EI, portAllocation: { portsPerSubscriber: 256 } }],
  ])("gives two hosts that begin at the same moment ports of their own, and keeps to them (%s)", async (_, nat) => {
    await router.load({ nat });
    for (let port = 21_000; port < 21_060; port += 1) {
      const [a, b] = await Promise.all([hostA.open(port), hostB.open(port)]);
      const [ax, by, ay, bx] = await Promise.all([seenAs(a, outX), seenAs(b, outY), seenAs(a, outY), seenAs(b, outX)]);
      expect({ a: ay.port, b: bx.port }).toEqual({ a: ax.port, b: by.port });
      expect(ax.port).not.toBe(bx.port);
      await Promise.all([a.close(), b.close()]);
    }
  });

  it.each(["reset", "end"] as const)("has a TCP port again soon after its connection was closed (%s)", async (how) => {
    const size = 8;
    await router.load({ nat: { mapping: EI, filtering: APD, portAllocation: { portsPerSubscriber: size } } });
    const x = await router.outside.listen(how === "end" ? 7_401 : 7_402, OUTSIDE[0]);
    const from = how === "end" ? 7_420 : 7_460;
    const open = await hostA.connect(from, x);
    expect(open).not.toBeNull();
    const startedAt = performance.now();
    const used = new Set<number | undefined>([open?.port]);
    for (let count = 1; count < size; count += 1) used.add((await hostA.visit(from + count, x, how))?.port);
    expect(used.size).toBe(size);
    expect(await hostA.visit(from + size, x, how, SILENCE_MS)).toBeNull();
    // The kernel sends a SYN again after 1, 3, 7 and 15 s.
    const ninth = await hostA.connect(from + size + 1, x, 20_000);
    expect(performance.now() - startedAt).toBeGreaterThan(TCP_CLOSED_MS);
    expect(used).toContain(ninth?.port);
    expect(ninth?.port).not.toBe(open?.port);
  });

  it("is loaded with no setting that the kernel does not take", async () => {
    const load = (value: number) =>
      loadRuleset(router.lab.fabric, "router", router.pid, rulesetOf([], [], { [LIBERAL]: value }));
    const LIBERAL = "net.netfilter.nf_conntrack_tcp_be_liberal";
    await expect(load(7)).rejects.toThrow(LIBERAL);
    await load(1);
  });

  it("still lets nobody in by another's port who may not", async () => {
    await router.load({ nat: { mapping: APD, filtering: AD } });
    const socket = await hostA.open();
    const p1 = await seenAs(socket, outX);
    expect(await passes(outY, socket, p1)).toBe(false);
    await seenAs(socket, outY);
    expect(await passes(outY, socket, p1)).toBe(false);
    await socket.close();
  });
});
