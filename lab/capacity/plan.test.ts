import { describe, expect, it } from "vitest";
import type { PlanAsk } from "../model/capacity-plan.ts";
import type { CapacityReport } from "../model/capacity-report.ts";
import { capacityFacts } from "./capacity-facts.ts";
import { capacityReport } from "./capacity-report.ts";
import { planFaults } from "./plan-faults.ts";
import { PRICES, pricesJsonSchema, readPrices } from "./prices.ts";
import { A_PLAN, aLog, played } from "./test-events.ts";
import { anAsk } from "./test-server.ts";

const SEARCH = played("0.25 cores", anAsk());

function planOf(plan: PlanAsk, searches = [SEARCH]) {
  const facts = capacityFacts(aLog(searches, { plan }));
  const report: CapacityReport | null = facts && capacityReport(facts);
  if (!report?.plan) throw new Error("no plan");
  return report.plan;
}

describe("a plan", () => {
  it("is the planner's own numbers, worked out", () => {
    const plan = planOf({
      callsPerDay: 14_400,
      minutesPerCall: 10,
      shareRelayed: 0.5,
      peakFactor: 4,
      regions: 1,
      headroom: 0.5,
      spares: 1,
    });
    // 14,400 calls of 10 minutes are 100 at a time, 400 at the busiest, 200 of them relayed.
    expect(plan.peakCalls.value).toBe(400);
    expect(plan.peakRelayedCalls.value).toBe(200);
    const [own] = plan.machines;
    const knee = SEARCH.end?.carried ?? 0;
    expect(own).toMatchObject({
      machine: "0.25 cores",
      kneeCalls: { value: knee, basis: "measured" },
      constraint: "server-cpu",
    });
    expect(own?.usersPerMachine.value).toBe(Math.floor(knee * 0.5 * 2 * 2));
    expect(own?.machinesPerRegion.value).toBe(Math.ceil(200 / (knee * 0.5)) + 1);
    // 72,000 relayed minutes a day at 116.8 kbit/s.
    expect(plan.egressGigabytes.value).toBeCloseTo((72_000 * 30.4375 * 60 * 116_800) / 8e9, 0);
    expect(plan.egressGigabytes.basis).toBe("measured");
  });

  it("has spares in each region", () => {
    const plan = planOf({ ...A_PLAN, regions: 3, spares: 2, callsPerDay: 1 });
    expect(plan.machines[0]).toMatchObject({ machinesPerRegion: { value: 3 }, machines: { value: 9 } });
  });

  it("has a bill where prices are known, and none where they are not", () => {
    const { machines, services } = planOf(A_PLAN);
    const micro = machines.find(({ machine }) => machine === "e2-micro");
    const count = micro?.machines.value ?? 0;
    expect(micro?.monthlyMachines).toMatchObject({ low: 7 * count, high: 8 * count });
    expect(micro?.monthly.low).toBeCloseTo(7 * count + (micro?.monthlyEgress.gigabytes ?? 0) * 0.01, 1);
    const t3 = machines.find(({ machine }) => machine === "t3.small");
    expect(t3?.monthly).toEqual({ low: null, high: null });
    expect(t3?.monthlyMachines.how).toBe("no price is known");
    expect(services.find(({ name }) => name === "Xirsys")).toMatchObject({ monthly: null });
    // 20,000 calls of 12 minutes a day, a fifth of them relayed for one participant.
    expect(services[0]?.monthly).toBeCloseTo(20_000 * 12 * 0.2 * 30.4375 * 0.0005, 1);
  });

  it("stays in the free part of what services give", () => {
    const { services } = planOf({ ...A_PLAN, callsPerDay: 100 });
    expect(services.map(({ name, monthly }) => [name, monthly])).toEqual([
      ["Twilio Network Traversal Service", 3.65],
      ["Xirsys", 0],
      ["Cloudflare Realtime TURN", 0],
    ]);
  });

  it("is never told as measured where it is not", () => {
    const { machines, peakCalls } = planOf(A_PLAN);
    expect(peakCalls.basis).toBe("extrapolated");
    for (const { machine, kneeCalls, machines: all } of machines) {
      expect(kneeCalls.basis).toBe(machine === "0.25 cores" ? "measured" : "extrapolated");
      expect(all.basis).toBe("extrapolated");
    }
  });

  it("survives no call, no relay, and no knee", () => {
    const idle = planOf({ ...A_PLAN, callsPerDay: 0 });
    expect(idle.machines[0]?.machinesPerRegion.value).toBe(2);
    const direct = planOf({ ...A_PLAN, shareRelayed: 0 });
    expect(direct.machines[0]).toMatchObject({ machinesPerRegion: { value: 2 }, usersPerMachine: { value: null } });
    const none = planOf(A_PLAN, [{ ...SEARCH, steps: [], end: null }]);
    expect(none.machines.every(({ kneeCalls }) => kneeCalls.value === null)).toBe(true);
    expect(none.machines.every(({ monthly }) => monthly.low === null)).toBe(true);
  });
});

describe("a planner's numbers", () => {
  it("are all told where they are wrong", () => {
    const wrong = {
      callsPerDay: -1,
      minutesPerCall: Number.NaN,
      shareRelayed: 1.2,
      peakFactor: 0.5,
      regions: 1.5,
      headroom: 0,
      spares: -1,
    };
    const faults = planFaults(wrong, (key) => `--${key}`);
    expect(faults.map(({ place }) => place)).toEqual(Object.keys(wrong).map((key) => `--${key}`));
    expect(planFaults(A_PLAN, (key) => key)).toEqual([]);
  });
});

describe("prices.json", () => {
  it("has a source and a date for each entry", () => {
    for (const { source, date } of [...PRICES.machines, ...PRICES.services]) {
      expect(source).not.toBe("");
      expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
    expect(readPrices(JSON.stringify(PRICES))).toEqual({ prices: PRICES });
  });

  it("is told with every fault where it is somebody's own", () => {
    expect(readPrices("{")).toMatchObject({ faults: [{ found: "text that is no JSON" }] });
    const [machine] = PRICES.machines;
    const read = readPrices(
      JSON.stringify({
        ...PRICES,
        machines: [
          { ...machine, cpus: -1, source: "" },
          { ...machine, monthly: { low: 9, high: 1 } },
        ],
        services: [{ name: "x", bills: { by: "mood" }, source: "me", date: "yesterday" }],
      }),
    );
    const places = "faults" in read ? read.faults.map(({ place }) => place) : [];
    expect(places).toEqual(
      expect.arrayContaining(["machines[0].cpus", "machines[0].source", "services[0].date", "services[0].bills.by"]),
    );
    const turned = readPrices(JSON.stringify({ ...PRICES, machines: [{ ...machine, monthly: { low: 9, high: 1 } }] }));
    expect(turned).toMatchObject({ faults: [{ place: "machines[0].monthly" }] });
  });

  it("has a schema for editors", async () => {
    await expect(pricesJsonSchema()).toMatchFileSnapshot("prices.schema.json");
  });
});
