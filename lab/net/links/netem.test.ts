import { describe, expect, it } from "vitest";
import { netemCommands } from "./netem.ts";

const text = (...args: Parameters<typeof netemCommands>) => netemCommands(...args).map((words) => words.join(" "));

describe("netemCommands", () => {
  it("delays and loses with netem, and has rate and queue in a token bucket below it", () => {
    expect(text("eth0", { latencyMs: 50, jitterMs: 2.5, loss: 0.05, rateKbps: 2_000, queueMs: 30 })).toEqual([
      "qdisc replace dev eth0 root handle 1: netem limit 200000 delay 50000us 2500us loss random 5% rate 100gbit",
      "qdisc replace dev eth0 parent 1: handle 10: tbf rate 2000000bit burst 1600 latency 30000us",
    ]);
  });

  it("names every setting also on a bare wire: what a command leaves out stays as it was", () => {
    expect(text("port3", {})).toEqual([
      "qdisc replace dev port3 root handle 1: netem limit 200000 delay 0us 0us rate 100gbit",
      "qdisc replace dev port3 parent 1: handle 10: tbf rate 100gbit burst 10000000 latency 50000us",
    ]);
  });

  it("gives a fast token bucket a millisecond's worth, so that a late timer costs no rate", () => {
    expect(text("eth0", { rateKbps: 100_000 })[1]).toContain("rate 100000000bit burst 12500 latency 50000us");
  });

  it.each([
    [0.001, "0.1%"],
    [0.0000015, "0.00015%"],
    [1, "100%"],
  ])("says a loss of %f as %s", (loss, percent) => {
    expect(text("eth0", { loss })[0]).toContain(`loss random ${percent} `);
  });
});
