import { describe, expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import type { UplinkTraffic } from "../lab/model/outside-server.ts";
import {
  aScenario,
  exampleRun,
  labSampled,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { RENDERERS } from "./render/index.ts";
import { summarize } from "./summarize.ts";

const SCREEN = { color: false, width: 100 };
const outside = {
  host: "turn.example.org",
  address: "34.1.2.3",
  listeners: [{ transport: "udp" as const, port: 3478 }],
};
const udp = (flows: number, bytes: number, refused = 0): UplinkTraffic[] => [
  { protocol: "udp", port: 3478, flows, refused, bytesOut: bytes, bytesIn: 2 * bytes },
];

function events(name: string, ...counts: UplinkTraffic[][]): RunEvent[] {
  const scenario = aScenario({ topology: { turnServers: { turn: { outside } } } });
  const { host, address } = outside;
  const where = { at: 1, scenario: name, server: "turn" };
  return [
    scenarioStarted(name, scenario),
    { type: "uplink_opened", ...where, host, address, labAddress: address, ports: [{ protocol: "udp", port: 3478 }] },
    ...counts.map(
      (ports): RunEvent => ({
        type: "uplink_counted",
        ...where,
        ports,
        lastError: name === "one" ? "connect ECONNREFUSED" : null,
      }),
    ),
    ...session(sessionFinished(name, 1)),
    labSampled(name, "fabric", 12),
    scenarioFinished(name),
  ];
}

describe("what left the labs of a run", () => {
  const run = [
    runStarted("one", "two"),
    ...events("one", udp(3, 100), udp(8, 2_000)),
    ...events("two", udp(1, 500, 4)),
    runFinished(),
  ];

  it("is the last count of each scenario, all together", () => {
    const { uplink, scenarios } = summarize(run);
    expect(uplink).toEqual({
      host: "turn.example.org",
      address: "34.1.2.3",
      ports: [{ protocol: "udp", port: 3478, flows: 9, refused: 4, bytesOut: 2_500, bytesIn: 5_000 }],
      flows: 9,
      refused: 4,
      bytes: { out: 2_500, in: 5_000 },
      lastError: "connect ECONNREFUSED",
    });
    expect(scenarios.map(({ turnServers }) => turnServers)).toEqual([{ turn: null }, { turn: null }]);
  });

  it.each(["terminal", "markdown"] as const)(
    "is told by the %s report, and that the server's load is not seen",
    (format) => {
      const text = RENDERERS[format](summarize(run), SCREEN).replaceAll(/\s+/g, " ");
      expect(text).toContain("turn.example.org (34.1.2.3), outside of the lab.");
      expect(text).toContain("udp 3478: 9 flows, 2.5 kB out, 5.0 kB in");
      expect(text).toContain("kept 4 flows from beginning");
      expect(text).toContain("last on the way to it: connect ECONNREFUSED.");
      expect(text).toContain("turn is outside of the lab: its load is not seen from here");
    },
  );

  it("is nothing in any other run, and no report has a word of it", () => {
    const summary = summarize(exampleRun());
    expect(summary.uplink).toBeNull();
    for (const format of ["terminal", "markdown"] as const)
      expect(RENDERERS[format](summary, SCREEN)).not.toMatch(/uplink/i);
  });
});
