import { expect, it } from "vitest";
import { runScenario } from "../run-scenario.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { eventsOf, testContext, topologyOf } from "../test-lab.ts";

describeDocker("a call over a lossy wire", () => {
  it("connects: DTLS and SCTP cope with any of their messages being lost", async () => {
    const scenario = topologyOf({}, "internet", "internet");
    scenario.peers.offerer.link = { latencyMs: 5, loss: 0.05 };
    const context = await testContext();
    // One call in four failed before messages were put in order: twenty in a row would be one chance in 300.
    await runScenario("loss", { ...scenario, load: { executor: "per-vu-iterations", vus: 4, iterations: 5 } }, context);
    const finished = eventsOf(context.events, "session_finished");
    expect(finished).toHaveLength(20);
    expect(finished.flatMap(({ failure }) => (failure ? [failure] : []))).toEqual([]);
  });
});
