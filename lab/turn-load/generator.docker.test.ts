import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AllocationSpec } from "../model/allocation-load.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { inNode, testContext } from "../test-lab.ts";
import { runToEnd, type TurnLoadLab, upTurnLoad } from "../test-turn-load.ts";

const QUOTA = 12;

describeDocker("a generator of allocations, against coturn", () => {
  let load: TurnLoadLab;
  beforeAll(async () => {
    load = await upTurnLoad("turn-load", await testContext(), {
      workers: 2,
      server: { options: { "user-quota": QUOTA } },
    });
  });
  afterAll(() => load?.[Symbol.asyncDispose]());

  const spec = (more: Partial<AllocationSpec>): AllocationSpec => ({
    server: "turn",
    over: "udp",
    relayTo: "peer",
    holdMs: 1_000,
    ...more,
  });
  /** Ports of the relay range that the server has open: allocations that it holds. */
  const heldByServer = async () => {
    const sockets = await inNode(load.lab, "turn", "ss", "-Hnua");
    return sockets.split("\n").filter((line) => Number(/:(\d+)\s/.exec(line)?.[1]) >= 49_152).length;
  };
  /** coturn keeps what was given back for a second. */
  const untilNoneHeld = () => expect.poll(heldByServer, { timeout: 5_000, interval: 100 }).toBe(0);

  it("relays every packet there and back, and gives everything back", async () => {
    const { sum, failed, measures } = await runToEnd(load.generator, {
      spec: spec({ traffic: "call" }),
      target: load.targetOf("turn", "udp"),
      load: { executor: "per-vu-iterations", vus: 10, iterations: 1 },
    });
    expect(failed).toEqual({});
    expect([sum("started"), sum("allocated"), sum("ended"), sum("lost")]).toEqual([10, 10, 10, 0]);
    // 140 a second each; what a busy machine did not send is said, and is no loss.
    expect(sum("packetsSent") + sum("packetsSkipped")).toBeGreaterThan(1_350);
    expect(sum("packetsSent") + sum("packetsSkipped")).toBeLessThanOrEqual(1_410);
    expect(sum("packetsReceived")).toBe(sum("packetsSent"));
    expect(sum("packetsLost")).toBe(0);
    expect(await load.farPeer?.count()).toMatchObject({
      packetsReceived: sum("packetsSent"),
      packetsSent: sum("packetsSent"),
      receiveBufferErrors: 0,
    });
    const roundTrips = measures.flatMap(({ roundTrip }) => (roundTrip ? [decodeFromCompressedBase64(roundTrip)] : []));
    expect(roundTrips.reduce((count, { totalCount }) => count + totalCount, 0)).toBe(sum("packetsReceived"));
    expect(measures.some(({ held }) => held === 10)).toBe(true);
    expect(measures.at(-1)?.held).toBe(0);
    await untilNoneHeld();
  });

  it.each([
    { over: "tcp", by: "send" },
    { over: "tls", by: "channel" },
  ] as const)("relays between two allocations over $over, by $by", async ({ over, by }) => {
    const { sum, failed } = await runToEnd(load.generator, {
      spec: spec({
        over,
        by,
        relayTo: "allocation",
        traffic: "audio",
        holdMs: 300,
      }),
      target: load.targetOf("turn", over),
      load: { executor: "shared-iterations", vus: 3, iterations: 3 },
    });
    expect(failed).toEqual({});
    expect([sum("allocated"), sum("ended")]).toEqual([3, 3]);
    expect(sum("packetsSent")).toBeGreaterThan(0);
    expect([sum("packetsReceived"), sum("packetsLost")]).toEqual([sum("packetsSent"), 0]);
    await untilNoneHeld();
  });

  it("says how many a quota refused, holds the others until it is stopped, and asks no more than it was told", async () => {
    const run = runToEnd(load.generator, {
      spec: spec({ relayTo: "none" }),
      target: load.targetOf("turn", "udp"),
      load: null,
    });
    load.generator.hold(QUOTA + 8, 1_000);
    await expect.poll(heldByServer, { timeout: 5_000, interval: 100 }).toBe(QUOTA);
    load.generator.hold(5, 1_000);
    await expect.poll(heldByServer, { timeout: 5_000, interval: 100 }).toBe(5);
    load.generator.stop();
    const { sum, failed } = await run;
    expect(failed).toEqual({ turn_486: 8 });
    expect([sum("started"), sum("allocated"), sum("ended")]).toEqual([QUOTA + 8, QUOTA, QUOTA]);
    await untilNoneHeld();
  });

  it("gets nothing with a wrong password, and leaves nothing there", async () => {
    const { sum, failed } = await runToEnd(load.generator, {
      spec: spec({}),
      target: {
        ...load.targetOf("turn", "udp"),
        credentials: { ...load.lab.secrets.credentialFor("turn", "clients"), kind: "shared", password: "not this one" },
      },
      load: { executor: "per-vu-iterations", vus: 4, iterations: 1 },
    });
    expect(failed).toEqual({ turn_401: 4 });
    expect([sum("started"), sum("allocated"), sum("packetsSent")]).toEqual([4, 0, 0]);
    expect(await heldByServer()).toBe(0);
  });
});
