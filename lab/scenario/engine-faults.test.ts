import { describe, expect, it } from "vitest";
import { checkScenario } from "./check-scenario.ts";

type Peer = { engine?: string; mdns?: boolean };

function faultsOf(
  offerer: Peer,
  answerer: Peer,
  { media, vus = 1, by }: { media?: string[]; vus?: number; by?: string } = {},
) {
  const behind = { behind: "internet", iceServers: [] };
  const result = checkScenario(
    {
      description: "Two peers.",
      topology: {},
      peers: { offerer: { ...behind, ...offerer }, answerer: { ...behind, ...answerer } },
      load: { executor: "per-vu-iterations", vus, iterations: 1 },
      traffic: { messageBytes: 200, messagesPerSecond: 10, durationMs: 30_000, ...(media ? { media } : {}) },
      ...(by ? { recovery: { by } } : {}),
    },
    "engines",
  );
  return "faults" in result ? result.faults : [];
}

describe("what an engine has not", () => {
  it("is nothing where browsers are asked for what browsers have", () => {
    expect(faultsOf({ engine: "chromium", mdns: true }, { engine: "firefox", mdns: false })).toEqual([]);
    expect(faultsOf({ engine: "chromium" }, { engine: "firefox", mdns: false }, { media: ["audio", "video"] })).toEqual(
      [],
    );
    expect(faultsOf({ engine: "chromium" }, {}, { vus: 500 })).toEqual([]);
    expect(faultsOf({}, {}, { vus: 501 })).toEqual([]);
  });

  it("is told of mDNS names: werift has none, and with media there are none", () => {
    expect(faultsOf({ mdns: true }, { engine: "werift", mdns: false })).toMatchObject([
      { place: "peers.offerer.mdns", expected: expect.stringContaining("only browsers"), found: "true" },
      { place: "peers.answerer.mdns", found: "false" },
    ]);
    expect(faultsOf({ engine: "firefox", mdns: true }, { engine: "firefox" }, { media: ["audio"] })).toMatchObject([
      { place: "peers.offerer.mdns", expected: expect.stringContaining("carry media") },
    ]);
  });

  it("is told of media at once for all peers that have none", () => {
    expect(faultsOf({}, {}, { media: ["audio"] })).toMatchObject([
      { place: "traffic.media", found: "offerer, answerer on werift", hint: expect.stringContaining("--peers") },
    ]);
    expect(faultsOf({ engine: "chromium" }, {}, { media: ["video"] })).toMatchObject([
      { place: "traffic.media", found: "answerer on werift" },
    ]);
  });

  it("is told of more calls than a page may hold", () => {
    expect(faultsOf({ engine: "chromium" }, { engine: "firefox" }, { vus: 501 })).toMatchObject([
      { place: "load.vus", found: "501, with offerer on chromium" },
    ]);
  });

  it("is not guessed at where the engine is misspelt", () => {
    expect(faultsOf({ engine: "chrome", mdns: true }, { engine: "firefox" })).toEqual([
      expect.objectContaining({ place: "peers.offerer.engine", found: '"chrome"' }),
    ]);
  });

  it("is told of restarts between werift and a browser, and of no others", () => {
    expect(faultsOf({ engine: "chromium" }, {}, { by: "ice-restart" })).toMatchObject([{ place: "recovery.by" }]);
    expect(faultsOf({}, { engine: "firefox" }, { by: "ice-restart" })).toMatchObject([{ place: "recovery.by" }]);
    expect(faultsOf({ engine: "chromium" }, {}, { by: "new-call" })).toEqual([]);
    for (const other of ["chromium", "firefox"])
      expect(faultsOf({ engine: "chromium" }, { engine: other }, { by: "ice-restart" })).toEqual([]);
    expect(faultsOf({}, {}, { by: "ice-restart" })).toEqual([]);
  });
});
