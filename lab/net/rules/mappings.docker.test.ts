import { afterAll, beforeAll, expect, it } from "vitest";
import { FIRST_SEQUENTIAL_PORT, type NatData } from "../../model/nat.ts";
import { describeDocker } from "../../runtime/docker-test.ts";
import { OUTSIDE, type TestRouter, upTestRouter } from "../../test-router.ts";
import { passes, SILENCE_MS, seenAs, TestHost, type TestSocket } from "./test-host.ts";

const PORT = 40_404;
const EI = "endpoint-independent";
const AD = "address-dependent";
const APD = "address-and-port-dependent";

describeDocker("mappings", () => {
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

  const at = (port: number) => ({ address: router.wanAddress, port });
  const openBoth = (port = 0) => Promise.all([hostA.open(port), hostB.open(port)]);

  it.each<[string, NatData]>([
    ["written down once a flow", { mapping: EI, filtering: APD }],
    ["refreshed by every packet", { mapping: EI, filtering: EI }],
    ["refreshed by outbound packets", { mapping: EI, filtering: APD, refreshedBy: "outbound" }],
  ])("keeps two hosts with the same port apart, for each destination (%s)", async (_, nat) => {
    await router.load({ nat });
    const [a, b] = await openBoth(PORT);
    expect(await seenAs(a, outX)).toEqual(at(PORT));
    // A port is claimed for a second before it is owned: the second host comes when only the owner is left to see.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    // Connection tracking alone would give B the same port towards Y, and then need another one towards X.
    const seen = await seenAs(b, outY);
    expect(seen.port).not.toBe(PORT);
    expect(await seenAs(b, outX)).toEqual(seen);
    expect(await seenAs(a, outY)).toEqual(at(PORT));
    for (const [socket, mapped] of [
      [a, at(PORT)],
      [b, seen],
    ] as const) {
      expect(await passes(outX, socket, mapped)).toBe(true);
      expect(await passes(outX, socket === a ? b : a, mapped)).toBe(false);
    }
    await Promise.all([a.close(), b.close()]);
  });

  it.each<[string, NatData]>([
    ["written down once a flow", { mapping: EI, filtering: APD }],
    ["refreshed by every packet", { mapping: EI, filtering: APD, hairpinning: true }],
  ])("keeps two hosts with the same TCP port apart, for each destination (%s)", async (_, nat) => {
    await router.load({ nat });
    const port = 7_000 + (nat.hairpinning ? 1 : 0);
    const [x, y] = await Promise.all(OUTSIDE.map((address) => router.outside.listen(port, address)));
    if (!x || !y) throw new Error("the outside has two addresses");
    expect(await hostA.connect(PORT + port, x)).toEqual(at(PORT + port));
    const seen = await hostB.connect(PORT + port, y);
    expect(seen?.port).not.toBe(PORT + port);
    expect(await hostB.connect(PORT + port, x)).toEqual(seen);
    expect(await hostA.connect(PORT + port, y)).toEqual(at(PORT + port));
  });

  it.each([EI, APD] as const)("hairpins TCP, filtered as if it came from outside (%s)", async (filtering) => {
    const nat: NatData = { mapping: EI, filtering: EI, hairpinning: true, tcp: { mapping: EI, filtering } };
    const [port, from] = filtering === EI ? [7_100, 7_110] : [7_200, 7_210];
    await router.load({ nat });
    const x = await router.outside.listen(port, OUTSIDE[0]);
    // Both have a mapping; A listens on the port of its own.
    const [mappedA, mappedB] = [await hostA.connect(port, x), await hostB.connect(from, x)];
    if (!mappedA || !mappedB) throw new Error("nobody got out");
    await hostA.listen(port);
    expect(await hostB.connect(from, mappedA, SILENCE_MS)).toEqual(filtering === EI ? mappedB : null);
    await router.load({ nat: { ...nat, hairpinning: false } });
    expect(await hostA.connect(port + 1, x)).toEqual(at(port + 1));
    await hostA.listen(port + 1);
    expect(await hostB.connect(from + 1, at(port + 1), SILENCE_MS)).toBeNull();
  });

  it("draws ports at random, and others after it has forgotten", async () => {
    await router.load({ nat: { mapping: EI, filtering: APD, portAllocation: "random" } });
    const sockets = await Promise.all(Array.from({ length: 8 }, () => hostA.open()));
    const look = () => Promise.all(sockets.map(async (socket) => (await seenAs(socket, outX)).port));
    const before = await look();
    expect(new Set(before).size).toBe(sockets.length);
    expect(Math.max(...before) - Math.min(...before)).toBeGreaterThan(1_000);
    expect(await look()).toEqual(before);
    await router.forget();
    const after = await look();
    expect(after.filter((port, index) => port === before[index]).length).toBeLessThan(2);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  it("preserves a port, and a privileged one too (RFC 4787 section 4.2.2)", async () => {
    await router.load({ nat: "home" });
    for (const port of [800, PORT]) {
      const socket = await hostA.open(port);
      expect(await seenAs(socket, outX)).toEqual(at(port));
      await socket.close();
    }
  });

  it.each([EI, AD, APD] as const)("hands ports out in turn, with a mapping that is %s", async (mapping) => {
    await router.load({ nat: { mapping, filtering: APD, portAllocation: "sequential" } });
    const socket = await hostA.open();
    const ports = [];
    for (const remote of [outX, outY, outX]) ports.push((await seenAs(socket, remote)).port - FIRST_SEQUENTIAL_PORT);
    expect(ports).toEqual(mapping === EI ? [0, 0, 0] : [0, 1, 0]);
    await socket.close();
  });

  it.each([EI, APD] as const)("gives each host a block, and silence when it is used up (%s)", async (mapping) => {
    const size = 8;
    const portAllocation = { portsPerSubscriber: size };
    await router.load({ nat: { mapping, filtering: APD, portAllocation } });
    const sockets: TestSocket[] = [];
    for (let count = 0; count < size; count += 1) sockets.push(await hostA.open());
    const look = async () => {
      const ports = [];
      for (const socket of sockets) ports.push((await seenAs(socket, outX)).port - FIRST_SEQUENTIAL_PORT);
      return ports;
    };
    const block = await look();
    // Hosts are numbered as the plan has them, and A is the first.
    expect(block).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const ninth = await hostA.open();
    expect(await passes(ninth, outX, outX.at)).toBe(false);
    expect(await passes(ninth, outY, outY.at)).toBe(false);
    expect(await look()).toEqual(block);
    const other = await hostB.open();
    expect((await seenAs(other, outX)).port).toBe(FIRST_SEQUENTIAL_PORT + size);
    await router.forget();
    expect((await seenAs(ninth, outX)).port - FIRST_SEQUENTIAL_PORT).toBeLessThan(size);
    await Promise.all([...sockets, ninth, other].map((socket) => socket.close()));
  });

  it("finds the one free port of a block", async () => {
    await router.load({
      nat: { mapping: EI, filtering: APD, portAllocation: { portsPerSubscriber: 20 }, mappingLifetimeMs: 1_000 },
    });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => hostA.open()));
    for (const socket of sockets) await seenAs(socket, outX);
    const [idle, ...busy] = sockets;
    const freed = (await seenAs(idle as TestSocket, outX)).port;
    const busyUntil = performance.now() + 1_500;
    while (performance.now() < busyUntil) for (const socket of busy) await seenAs(socket, outX);
    const late = await hostA.open();
    expect((await seenAs(late, outX)).port).toBe(freed);
    await Promise.all([...sockets, late].map((socket) => socket.close()));
  });

  it("hairpins between two hosts inside, each seen from outside (RFC 4787 REQ-9), or not at all", async () => {
    for (const hairpinning of [true, false]) {
      await router.load({ nat: { mapping: EI, filtering: EI, hairpinning } });
      const [a, b] = await openBoth();
      const [mappedA, mappedB] = [await seenAs(a, outX), await seenAs(b, outX)];
      if (hairpinning) {
        expect(await seenAs(b, a, mappedA)).toEqual(mappedB);
        expect(await seenAs(a, b, mappedB)).toEqual(mappedA);
      } else expect(await passes(b, a, mappedA)).toBe(false);
      await Promise.all([a.close(), b.close()]);
    }
  });

  it.each(["both", "outbound"] as const)(
    "filters hairpinned packets as if they came from outside (refreshed by %s)",
    async (refreshedBy) => {
      await router.load({ nat: { mapping: EI, filtering: APD, hairpinning: true, refreshedBy } });
      const [a, b] = await openBoth();
      const [mappedA, mappedB] = [await seenAs(a, outX), await seenAs(b, outX)];
      expect(await passes(b, a, mappedA)).toBe(false);
      // B has sent to A, so A gets in; then A has sent to B.
      expect(await seenAs(a, b, mappedB)).toEqual(mappedA);
      expect(await seenAs(b, a, mappedA)).toEqual(mappedB);
      await Promise.all([a.close(), b.close()]);
    },
  );

  it("translates its own packets not at all, and gets their answers", async () => {
    const { fabric } = router.lab;
    for (const refreshedBy of ["both", "outbound"] as const) {
      await router.load({ nat: { mapping: EI, filtering: EI, portAllocation: "random", refreshedBy } });
      const self = await TestHost.start(fabric, `router-${refreshedBy}`, router.pid, router.wanAddress);
      const socket = await self.open();
      const seen = await seenAs(socket, outX);
      expect(seen).toEqual(socket.at);
      expect(await passes(outX, socket, seen)).toBe(true);
      expect(await passes(outY, socket, seen)).toBe(false);
    }
  });

  it("lets nobody in by an inside address, even who is next to it", async () => {
    const { lab } = router;
    const line = lab.plan.coreLines.find(({ segment }) => segment === "line-router")?.interface ?? "";
    const route = ["192.168.1.0/24", "via", router.wanAddress, "dev", line, "onlink"];
    await lab.fabric.exec(["ip", "route", "add", ...route], { netns: lab.pids.core });
    try {
      for (const nat of ["full-cone", "home", "mobile-carrier"] as const) {
        await router.load({ nat });
        const socket = await hostA.open();
        await seenAs(socket, outX);
        expect(await passes(outX, socket, socket.at)).toBe(false);
        expect(await passes(outY, socket, socket.at)).toBe(false);
        await socket.close();
      }
    } finally {
      await lab.fabric.exec(["ip", "route", "del", ...route], { netns: lab.pids.core });
    }
  });
});

describeDocker("one-to-one", () => {
  let router: TestRouter;
  let outX: TestSocket;

  beforeAll(async () => {
    router = await upTestRouter("one-to-one");
    outX = await router.outside.open();
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  const nat = { mapping: EI, addressing: "one-to-one" } as const;

  it("gives each host an address of its own, ports untouched, and lets everybody in who may", async () => {
    const seen = new Set<string>();
    for (const filtering of [EI, APD] as const) {
      await router.load({ nat: { ...nat, filtering } });
      for (const host of router.inside) {
        const [talking, silent] = await Promise.all([host.open(), host.open()]);
        const { address, port } = await seenAs(talking, outX);
        seen.add(address);
        expect(port).toBe(talking.at.port);
        const stranger = await router.outside.open(0, OUTSIDE[1]);
        expect(await passes(outX, talking, { address, port })).toBe(true);
        for (const socket of [talking, silent]) {
          expect(await passes(stranger, socket, { address, port: socket.at.port })).toBe(filtering === EI);
        }
        await Promise.all([talking, silent, stranger].map((socket) => socket.close()));
      }
    }
    expect([...seen]).toEqual(["81.2.64.10", "81.2.64.20"]);
  });

  it("hairpins by outside addresses, or not at all", async () => {
    for (const hairpinning of [true, false]) {
      await router.load({ nat: { ...nat, filtering: EI, hairpinning } });
      const [a, b] = (await Promise.all(router.inside.map((host) => host.open()))) as [TestSocket, TestSocket];
      const [mappedA, mappedB] = [await seenAs(a, outX), await seenAs(b, outX)];
      if (hairpinning) expect(await seenAs(b, a, mappedA)).toEqual(mappedB);
      else expect(await passes(b, a, mappedA)).toBe(false);
    }
  });
});
