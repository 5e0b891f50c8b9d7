import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

type Given = { traffic?: Record<string, unknown>; engines?: [string, string]; thresholds?: Record<string, string[]> };

function faultsOf({ traffic = {}, engines = ["werift", "werift"], thresholds = {} }: Given) {
  const [offerer, answerer] = engines.map((engine) => ({ behind: "internet", iceServers: [], engine }));
  const result = checkScenario(
    {
      description: "Two peers.",
      topology: {},
      peers: { offerer, answerer },
      load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
      traffic: { messageBytes: 100, messagesPerSecond: 1, durationMs: 1_000, ...traffic },
      thresholds,
    },
    "packets",
  );
  return "faults" in result ? result.faults : [];
}

const stream = { kind: "audio", packetBytes: 200, packetsPerSecond: 50 };

describe("traffic.packets", () => {
  it("is a profile or streams, over tracks of werift or any engine's channel, with metrics of its own", () => {
    const thresholds = { rtp_delivery: ["rate>0.99"], rtp_jitter: ["p(95)<30"], rtp_skipped: ["count<10"] };
    expect(faultsOf({ traffic: { packets: "call" }, thresholds })).toEqual([]);
    expect(faultsOf({ traffic: { packets: [stream, { ...stream, kind: "video" }], packetsOver: "rtp" } })).toEqual([]);
    const engines: Given["engines"] = ["chromium", "werift"];
    expect(faultsOf({ traffic: { packets: "audio", packetsOver: "channel" }, engines })).toEqual([]);
  });

  it("is told of words, sizes and rates that are none", () => {
    expect(faultsOf({ traffic: { packets: "vide" } })).toMatchObject([{ place: "traffic.packets", found: '"vide"' }]);
    const packets = [
      { ...stream, packetBytes: 27 },
      { ...stream, kind: "screen" },
      { ...stream, packetsPerSecond: 0 },
    ];
    expect(faultsOf({ traffic: { packets } }).map(({ place }) => place)).toEqual([
      "traffic.packets[0].packetBytes",
      "traffic.packets[1].kind",
      "traffic.packets[2].packetsPerSecond",
      "traffic.packets[2].kind",
    ]);
  });

  it("does not go over tracks of a browser, nor beside a browser's own", () => {
    expect(faultsOf({ traffic: { packets: "audio" }, engines: ["firefox", "werift"] })).toMatchObject([
      { place: "traffic.packets", found: "offerer in a browser", hint: expect.stringContaining('"channel"') },
    ]);
    const both = { packets: "audio", packetsOver: "channel", media: ["audio"] };
    expect(faultsOf({ traffic: both, engines: ["firefox", "chromium"] })).toMatchObject([
      { place: "traffic.media", expected: expect.stringContaining("either it or traffic.packets") },
    ]);
  });

  it("has one stream of a kind", () => {
    expect(faultsOf({ traffic: { packets: [stream, stream] } })).toMatchObject([
      { place: "traffic.packets[1].kind", found: '"audio" again' },
    ]);
  });

  it("is what metrics of it need", () => {
    const thresholds = { rtp_jitter: ["max<50"], rtp_delivery: ["rate>0.9"], rtp_skipped: ["count==0"] };
    expect(faultsOf({ thresholds }).map(({ place }) => place)).toEqual([
      "thresholds.rtp_delivery",
      "thresholds.rtp_jitter",
      "thresholds.rtp_skipped",
    ]);
    const engines: Given["engines"] = ["firefox", "chromium"];
    expect(faultsOf({ traffic: { media: ["audio"] }, engines, thresholds })).toMatchObject([
      { place: "thresholds.rtp_skipped", expected: expect.stringContaining("only of those") },
    ]);
    expect(faultsOf({ traffic: { packetsOver: "channel" } })).toMatchObject([{ place: "traffic.packetsOver" }]);
  });
});
