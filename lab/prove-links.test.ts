import { describe, expect, it } from "vitest";
import type { LabContext } from "./lab-context.ts";
import type { RunEvent } from "./model/events.ts";
import type { LinkMeasurement } from "./net/links/measure-link.ts";
import type { StartedLinks } from "./net/links/started-links.ts";
import { proveLinks, reportOverruns } from "./prove-links.ts";

const got = {
  latencyMs: { med: 50, min: 50, max: 51 },
  loss: null,
  rateKbps: null,
  queueMs: null,
  mtu: null,
  packets: 25,
};

/** Wires by name, each with what its measurements say in turn. */
function fakeLinks(mismatches: Record<string, string[]>) {
  const calls: string[] = [];
  const links = {
    conditioned: Object.keys(mismatches).map((node) => ({ node })),
    setAll: async () => void calls.push("set"),
    toolOf: () => "delay-line",
    measure: async (node: string): Promise<LinkMeasurement[]> => {
      calls.push(node);
      const wrong = mismatches[node]?.shift() ?? "";
      const one = { node, asked: { latencyMs: 50 }, got };
      return [
        { ...one, direction: "up", mismatches: wrong === "" ? [] : [wrong] },
        { ...one, direction: "down", mismatches: [] },
      ];
    },
    counters: async () => ({
      a: { up: { overrun: 2 }, down: { overrun: 1 } },
      b: { up: { overrun: 0 }, down: { overrun: 0 } },
    }),
  } as unknown as StartedLinks;
  return { links, calls };
}

function fakeContext() {
  const events: RunEvent[] = [];
  const said: string[] = [];
  const context = {
    emit: (event: RunEvent) => void events.push(event),
    log: (...words: string[]) => void said.push(words.join(" ")),
  } as unknown as LabContext;
  return { context, events, said };
}

describe("proveLinks", () => {
  it("sets all conditions first, and reports each direction of each wire", async () => {
    const { links, calls } = fakeLinks({ a: [], b: [], c: [], d: [] });
    const { context, events } = fakeContext();
    await proveLinks("s", links, context);
    expect(calls).toEqual(["set", "a", "b", "c", "d"]);
    expect(events).toHaveLength(8);
    expect(events[0]).toMatchObject({
      type: "link_measured",
      node: "a",
      direction: "up",
      tool: "delay-line",
      mismatches: [],
    });
  });

  it("looks again, alone, at a wire that seems wrong on a busy machine", async () => {
    const { links, calls } = fakeLinks({ a: ["latency: late", "latency: late"], b: [] });
    const { context, events } = fakeContext();
    await proveLinks("s", links, context);
    expect(calls).toEqual(["set", "a", "b", "a", "a"]);
    expect(events.flatMap((event) => (event.type === "link_measured" ? event.mismatches : []))).toEqual([]);
  });

  it("ends the lab for one that stays wrong, after reporting all", async () => {
    const { links } = fakeLinks({ a: Array(9).fill("loss: expected 5 %"), b: [] });
    const { context, events } = fakeContext();
    await expect(proveLinks("s", links, context)).rejects.toThrow(
      "a wire does not have the conditions asked for: a up: loss: expected 5 %",
    );
    expect(events).toHaveLength(4);
  });
});

it("reportOverruns says which delay line lost packets by itself", async () => {
  const { links } = fakeLinks({});
  const { context, said } = fakeContext();
  await reportOverruns("s", links, context);
  expect(said).toEqual(["s fabric the delay line of a could not hold 3 packets\n"]);
});
