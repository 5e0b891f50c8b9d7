import { afterAll, beforeAll, expect, it } from "vitest";
import { countedBetween, droppedByKind } from "../model/router-counters.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { OUTSIDE, type TestRouter, upTestRouter } from "../test-router.ts";
import { readRouterCounters } from "./router-counters.ts";
import { SILENCE_MS, seenAs } from "./rules/test-host.ts";

describeDocker("what a router counts", () => {
  let router: TestRouter;

  beforeAll(async () => {
    router = await upTestRouter();
  });
  afterAll(() => router?.[Symbol.asyncDispose]());

  const [observer] = OUTSIDE;
  const counters = () => readRouterCounters(router.lab.fabric, router.pid);

  it("is what it drops each way, by port, and nothing that passes", async () => {
    await router.load({ nat: "home", firewall: "stun-port-blocked" });
    const before = await counters();
    const { inside, outside, wanAddress } = router;
    const [sender, receiver] = [await inside[0].open(), await outside.open()];
    await seenAs(sender, receiver);
    for (const _ of [1, 2, 3]) await sender.send({ address: observer, port: 3478 });
    await sender.send({ address: wanAddress, port: 4000 });
    expect(await inside[1].connect(0, { address: observer, port: 3478 }, SILENCE_MS)).toBe(null);
    for (const _ of [1, 2]) await receiver.send({ address: wanAddress, port: 50_000 });
    const kinds = async () => droppedByKind(countedBetween(before, await counters())).map(({ what }) => what);
    await expect
      .poll(async () => (await kinds()).toSorted(), { interval: 50, timeout: 2_000 })
      .toEqual(["tcp out 3478", "udp in 50000", "udp out 3478", "udp out 4000"]);
    const { dropped, tooBig } = await counters();
    expect(tooBig).toBe(0);
    expect(dropped).toContainEqual({
      direction: "in",
      protocol: "udp",
      from: observer,
      to: wanAddress,
      port: 50_000,
      packets: 2,
    });
    expect(dropped).toContainEqual(
      expect.objectContaining({ direction: "out", from: inside[0].address, to: observer, port: 3478, packets: 3 }),
    );
  });
});
