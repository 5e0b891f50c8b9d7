import { describe, expect, it } from "vitest";
import { type AskedLink, queueMsOf } from "../../model/link.ts";
import { planWireTest } from "../../model/wire-test-plan.ts";
import { judgeLink, leastSpread, type TestedPhase } from "./judge-link.ts";

/** A wire as a formula: what `wire-test` would print of one that has these conditions. */
function wire(is: AskedLink, asked: AskedLink = is): TestedPhase[] {
  return planWireTest(asked, asked.mtu).map((phase) => {
    const delaysMs: number[] = [];
    const arrivalsMs: number[] = [];
    let idleAtMs = 0;
    for (let i = 0; i < phase.packets; i++) {
      const sentMs = (i * phase.intervalUs) / 1_000;
      // The share that is lost, evenly spread.
      if (Math.floor((i + 1) * (is.loss ?? 0)) > Math.floor(i * (is.loss ?? 0))) continue;
      if (is.mtu !== undefined && phase.frameBytes > is.mtu + 14) continue;
      const beginMs = Math.max(sentMs, idleAtMs);
      if (is.rateKbps !== undefined) {
        if (beginMs - sentMs > queueMsOf(is)) continue;
        idleAtMs = beginMs + (phase.frameBytes * 8) / is.rateKbps;
      }
      const leftMs = is.rateKbps === undefined ? sentMs : idleAtMs;
      const jitter = (is.jitterMs ?? 0) * Math.sin(i * 2.4);
      arrivalsMs.push(leftMs + (is.latencyMs ?? 0) + jitter);
      delaysMs.push(leftMs + (is.latencyMs ?? 0) + jitter - sentMs);
    }
    const result = {
      direction: "up" as const,
      sent: phase.packets,
      refused: 0,
      received: delaysMs.length,
      reordered: 0,
      firstAtUs: (arrivalsMs[0] ?? 0) * 1_000,
      lastAtUs: (arrivalsMs.at(-1) ?? 0) * 1_000,
      delaysUs: delaysMs.map((ms) => ms * 1_000),
    };
    return { ...phase, result };
  });
}

describe("a wire that is as asked", () => {
  const conditions: AskedLink[] = [
    {},
    { latencyMs: 50 },
    { latencyMs: 50, jitterMs: 10 },
    { loss: 0.05 },
    { loss: 1 },
    { rateKbps: 2_000 },
    { rateKbps: 64, latencyMs: 300 },
    { rateKbps: 32 },
    { rateKbps: 32, queueMs: 379, loss: 0.1, mtu: 1_400 },
    { rateKbps: 200_000 },
    { rateKbps: 500, queueMs: 200, loss: 0.1, latencyMs: 30, jitterMs: 5 },
    { mtu: 1_300 },
  ];

  it.each(conditions.map((asked) => [JSON.stringify(asked), asked] as const))("%s", (_, asked) => {
    const { got, mismatches } = judgeLink(asked, wire(asked));
    expect(mismatches).toEqual([]);
    expect(got.loss === null).toBe(asked.loss === undefined);
    expect(got.rateKbps === null).toBe(asked.rateKbps === undefined);
    expect(got.queueMs === null).toBe(asked.rateKbps === undefined);
    expect(got.mtu).toBe(asked.mtu ?? null);
    expect(got.latencyMs === null).toBe(asked.loss === 1);
  });
});

it("measures the rate of a very fast wire, but not a queue that it cannot fill", () => {
  const asked = { rateKbps: 1_000_000 };
  const { got, mismatches } = judgeLink(asked, wire(asked));
  expect(mismatches).toEqual([]);
  expect(got.rateKbps).toBeCloseTo(1_000_000, -4);
  expect(got.queueMs).toBeNull();
});

describe("a wire that is not", () => {
  it.each<[string, AskedLink, AskedLink, RegExp]>([
    ["is slower", { latencyMs: 50 }, { latencyMs: 55 }, /latency: expected 50\.0 ms/],
    ["is bare", { latencyMs: 50 }, {}, /latency/],
    ["has latency unasked", {}, { latencyMs: 20 }, /latency/],
    ["has no jitter", { latencyMs: 50, jitterMs: 10 }, { latencyMs: 50 }, /jitter: .* came within 0\.00 ms/],
    ["has twice the jitter", { latencyMs: 50, jitterMs: 5 }, { latencyMs: 50, jitterMs: 10 }, /spread over/],
    ["loses nothing", { loss: 0.05 }, {}, /loss: expected 5 %/],
    ["loses half as much again", { loss: 0.05 }, { loss: 0.08 }, /loss: expected 5 %/],
    ["loses unasked", {}, { loss: 0.1 }, /loss: expected 0 %/],
    ["is dead", { latencyMs: 10 }, { loss: 1 }, /latency: no packet arrived/],
    ["is not dead", { loss: 1 }, { loss: 0.9 }, /loss: expected 100 %/],
    ["is faster", { rateKbps: 2_000 }, { rateKbps: 2_200 }, /rate: expected 2000 kbit\/s/],
    ["has no rate", { rateKbps: 2_000 }, {}, /rate/],
    ["has a longer queue", { rateKbps: 2_000 }, { rateKbps: 2_000, queueMs: 100 }, /queue: expected 50\.0 ms/],
    ["lets larger packets pass", { mtu: 1_300 }, {}, /MTU: expected 1300, a packet of 1308 bytes arrived/],
    ["drops packets that fit", { mtu: 1_300 }, { mtu: 1_200 }, /MTU: expected 1300, no packet of 1300 bytes/],
  ])("%s", (_, asked, is, what) => {
    expect(judgeLink(asked, wire(is, asked)).mismatches.join("; ")).toMatch(what);
  });

  it("lets packets overtake each other", () => {
    const [phase] = wire({});
    if (!phase) throw new Error("no phase");
    phase.result.reordered = 2;
    expect(judgeLink({}, [phase]).mismatches).toEqual(["order: 2 packets came after a later one"]);
  });
});

describe("leastSpread", () => {
  it("is the spread that so many draws fall short of once in 100,000", () => {
    expect(leastSpread(2)).toBeCloseTo(5e-6, 6);
    expect(leastSpread(15)).toBeCloseTo(0.375, 2);
    expect(leastSpread(41)).toBeCloseTo(0.704, 2);
  });
});
