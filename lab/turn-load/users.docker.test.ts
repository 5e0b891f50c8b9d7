import { expect, it } from "vitest";
import type { TurnServerSpec } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { testContext } from "../test-lab.ts";
import { runToEnd, upTurnLoad } from "../test-turn-load.ts";

/** Mints credentials, lets each user have one allocation, and forgets within seconds what nobody asks for again. */
const SERVER: TurnServerSpec = {
  secrets: ["a secret of the test"],
  options: { "user-quota": 1, "permission-lifetime": 2, "channel-lifetime": 2, "max-allocate-lifetime": 3 },
};
const CALLS = 5;

describeDocker("clients of a server that mints credentials and keeps nothing for long", () => {
  it("are each another user, and stay for longer than anything of theirs lasts", async () => {
    await using load = await upTurnLoad("users", await testContext(), { workers: 2, server: SERVER });
    const { sum, failed } = await runToEnd(load.generator, {
      spec: { server: "turn", over: "udp", relayTo: "allocation", traffic: "audio", holdMs: 3_500 },
      target: load.targetOf("turn", "udp"),
      load: { executor: "per-vu-iterations", vus: CALLS, iterations: 1 },
    });
    expect(failed).toEqual({});
    expect([sum("allocated"), sum("ended"), sum("lost")]).toEqual([CALLS, CALLS, 0]);
    expect([sum("packetsReceived"), sum("packetsLost")]).toEqual([sum("packetsSent"), 0]);
    expect(sum("packetsSent")).toBeGreaterThan(CALLS * 40 * 3);
  });
});
