import { describe, expect, it } from "vitest";
import type { PeerReport, RunEvent } from "../lab/model/events.ts";
import type { Candidate } from "../lab/model/ice.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import { aGrid, GRID } from "./example-grid.ts";
import {
  aScenario,
  browserReady,
  failedSession,
  labSampled,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
  sessionStarted,
} from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { describePeers } from "./render/peer-words.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const MIB = 2 ** 20;
const { offerer, answerer } = aScenario().peers;
const mixed: Partial<Scenario> = {
  peers: { offerer: { ...offerer, engine: "chromium" }, answerer: { ...answerer, engine: "firefox" } },
};

const run = (scenario: Partial<Scenario>, ...events: RunEvent[]) =>
  summarize([
    runStarted("a"),
    scenarioStarted("a", aScenario(scenario)),
    ...events,
    scenarioFinished("a"),
    runFinished(),
  ]);
const summaryOf = (scenario: Partial<Scenario>, ...events: RunEvent[]) => {
  const [summary] = run(scenario, ...events).scenarios;
  if (!summary) throw new Error("no scenario");
  return summary;
};

const host = (address: string): Candidate => ({ type: "host", protocol: "udp", address, port: 5000, priority: 1 });
const telling = (...addresses: string[]): PeerReport => ({
  ...sessionFinished("a", 1).peers.offerer,
  candidates: addresses.map(host),
});

describe("peers", () => {
  it("are named by engine, version and mDNS names, with the memory of each call", () => {
    const peers = summaryOf(
      mixed,
      browserReady("a", "offerer"),
      browserReady("a", "answerer", { engine: "firefox", version: "firefox/153.7", mdns: false, durationMs: 2050 }),
      labSampled("a", "offerer", null, 180 * MIB),
      labSampled("a", "answerer", null, 210 * MIB),
      sessionStarted("a", 1),
      sessionStarted("a", 2),
      labSampled("a", "offerer", 40, 200 * MIB),
      sessionFinished("a", 1),
      sessionStarted("a", 3),
      labSampled("a", "offerer", 40, 190 * MIB),
      sessionFinished("a", 2, {
        peers: { offerer: telling("6f1c.local"), answerer: telling("192.168.1.10", "192.168.1.10") },
      }),
      sessionFinished("a", 3),
    ).peers;
    expect(peers).toEqual({
      offerer: {
        engine: "chromium",
        browser: { version: "Chrome/156.0.7204.10", mdns: true, readyMs: 1240, starts: 1 },
        dump: null,
        hostCandidates: { names: 1, addresses: 0 },
        memory: { beforeBytes: 180 * MIB, peakBytes: 200 * MIB, atOnce: 2, perSessionBytes: 10 * MIB },
      },
      answerer: {
        engine: "firefox",
        browser: { version: "firefox/153.7", mdns: false, readyMs: 2050, starts: 1 },
        dump: null,
        hostCandidates: { names: 0, addresses: 2 },
        memory: { beforeBytes: 210 * MIB, peakBytes: 210 * MIB, atOnce: 2, perSessionBytes: 0 },
      },
    });
    expect(describePeers({ peers, media: [] }).map(({ text }) => text)).toEqual([
      "offerer: chromium (Chrome/156.0.7204.10), ready 1.2 s after the start of its container, host candidates by mDNS names, memory 180 MiB before the load and 200 MiB at most: 10 MiB for each of 2 calls at once",
      "answerer: firefox (firefox/153.7), ready 2.0 s after the start of its container, host candidates by addresses, memory 210 MiB before the load and 210 MiB at most: 0.0 MiB for each of 2 calls at once",
    ]);
  });

  it("are not spoken of where all are werift, as in logs that know no engines", () => {
    const summary = summaryOf({}, sessionStarted("a", 1), sessionFinished("a", 1));
    expect(summary.peers.offerer).toMatchObject({ engine: "werift", browser: null, memory: null });
    expect(describePeers(summary)).toEqual([]);
  });

  it("warn of what is not as it claims: names, starts, a browser that never came", () => {
    const summary = summaryOf(
      mixed,
      browserReady("a", "offerer"),
      browserReady("a", "offerer", { durationMs: 9000 }),
      sessionFinished("a", 1, { peers: { offerer: telling("x.local", "192.168.1.10"), answerer: telling() } }),
    );
    expect(summary.peers.offerer?.browser).toMatchObject({ readyMs: 1240, starts: 2 });
    expect(describePeers(summary).flatMap(({ isWarning, text }) => (isWarning ? [text] : []))).toEqual([
      "offerer: its browser was started 2 times",
      "offerer: told 1 of 2 host candidates by addresses",
      "answerer: its browser was never ready",
    ]);
  });

  it("tell where the dumps of their browsers are, what one lacks, and why there is none", () => {
    const dumped = (peer: string, file: string | null, note: string | null = null) =>
      ({ type: "peer_dumped", at: 0, scenario: "a", peer, file, note }) as const;
    const wordsWith = (...events: RunEvent[]) =>
      describePeers(summaryOf(mixed, browserReady("a", "offerer"), browserReady("a", "answerer"), ...events))
        .filter(({ text }) => text.includes("dump"))
        .map(({ isWarning, text }) => [isWarning, text]);
    expect(wordsWith(dumped("offerer", "dumps/a.json"), dumped("answerer", "dumps/a.html"))).toEqual([
      [false, "dumps: dumps/a.json, dumps/a.html"],
    ]);
    expect(wordsWith(dumped("offerer", "dumps/a.json", "old"), dumped("answerer", null, "gone"))).toEqual([
      [true, "offerer: its dump lacks something: old"],
      [true, "answerer: no dump: gone"],
      [false, "dumps: dumps/a.json"],
    ]);
  });

  it("of a grid are told once where they are alike, and each cell's names are their own", () => {
    const grid = aGrid(["home", "symmetric"]);
    const [first] = grid.cells;
    if (!first) throw new Error("no cell");
    const { table, row, column } = first;
    const engines = Object.fromEntries(
      Object.entries(grid.peers).map(([name, peer]) => [name, { ...peer, engine: "firefox" as const }]),
    );
    const cell = { table, row, column };
    const [summary] = summarize([
      runStarted(GRID),
      scenarioStarted(GRID, { ...grid, peers: engines }),
      ...Object.keys(engines).map((peer, index) =>
        browserReady(GRID, peer, { engine: "firefox", version: "firefox/153.7", durationMs: 1500 + 100 * index }),
      ),
      sessionFinished(GRID, 1, { cell, peers: { offerer: telling("a.local"), answerer: telling("b.local") } }),
      runFinished(),
    ]).scenarios;
    expect(summary?.peers[first.offerer]).toMatchObject({ hostCandidates: { names: 1, addresses: 0 }, memory: null });
    expect(summary && describePeers(summary)).toEqual([
      {
        isWarning: false,
        text: "4 peers: firefox (firefox/153.7), ready 1.5 s to 1.8 s after the start of its container, host candidates by mDNS names",
      },
    ]);
  });

  it("stand in both reports, with the media that arrived in connected sessions", () => {
    const got = { packetsReceived: 500, packetsLost: 5, bytesReceived: 40_000, jitterMs: 2, framesDecoded: null };
    const video = { ...got, kind: "video" as const, jitterMs: null, framesDecoded: 150 };
    const media = { ...telling(), media: [{ ...got, kind: "audio" as const }, video] };
    const failed = failedSession("a", 2, "media_failed", "no video");
    const whole = run(
      mixed,
      browserReady("a", "offerer"),
      sessionFinished("a", 1, { peers: { offerer: telling(), answerer: media } }),
      { ...failed, peers: { offerer: media, answerer: media } },
    );
    expect(whole.scenarios[0]?.media).toMatchObject([
      { receiver: "answerer", kind: "audio", sessions: 1, packetsReceived: 500, framesDecoded: null },
      { receiver: "answerer", kind: "video", sessions: 1, framesDecoded: 150, jitterMs: { count: 0, med: null } },
    ]);
    const audio = "audio to the answerer in 1 session: 500 packets, 5 lost (0.99 %), 40.0 kB, jitter med 2.0 ms";
    const terminal = renderTerminal(whole, { color: false, width: 120 });
    expect(terminal).toContain("\n  peers\n    offerer: chromium (Chrome/156.0.7204.10)");
    expect(terminal).toContain(audio);
    const markdown = renderMarkdown(whole);
    expect(markdown).toContain("**Peers**\n\n- offerer: chromium (Chrome/156.0.7204.10)");
    expect(markdown).toContain("- ⚠️ answerer: its browser was never ready");
    expect(markdown).toContain("150 frames decoded");
  });
});
