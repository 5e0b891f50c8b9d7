import { describe, expect, it } from "vitest";
import { MAX_TIMELINE_ENTRIES } from "../../model/timeline.ts";
import { candidateRef, Timeline } from "./timeline.ts";

describe("Timeline", () => {
  it("counts from when the peer set out, and puts what was told late where it belongs", () => {
    const timeline = new Timeline(1_000);
    timeline.add({ step: "gathering-started" }, 1_002);
    timeline.add({ step: "gathering-ended" }, 1_050.04);
    timeline.add({ step: "url-tried", url: "stun:a" }, 1_003);
    expect(timeline.told).toEqual({
      entries: [
        { atMs: 2, step: "gathering-started" },
        { atMs: 3, step: "url-tried", url: "stun:a" },
        { atMs: 50, step: "gathering-ended" },
      ],
      left: 0,
    });
  });

  it("is bounded, and says how much is not there", () => {
    const timeline = new Timeline(0);
    for (let n = 0; n < MAX_TIMELINE_ENTRIES + 7; n++) timeline.add({ step: "restart" }, n);
    // Two places are kept for the end.
    expect(timeline.told.entries).toHaveLength(MAX_TIMELINE_ENTRIES - 2);
    expect(timeline.told.left).toBe(9);
    timeline.add({ step: "lost", reason: "silence" }, 1_001);
    timeline.add({ step: "lost", reason: "again" }, 1_001);
    timeline.add({ step: "ended", failure: "data_failed" }, 1_002);
    const { entries, left } = timeline.told;
    expect(entries).toHaveLength(MAX_TIMELINE_ENTRIES);
    expect(entries.slice(-2).map(({ step }) => step)).toEqual(["lost", "ended"]);
    expect(left).toBe(10);
  });

  it("tells a state once, until it changes", () => {
    const timeline = new Timeline(0);
    for (const state of ["checking", "checking", "connected", "checking"]) timeline.add({ step: "ice-state", state });
    timeline.add({ step: "dtls-state", state: "checking" });
    expect(timeline.told.entries).toHaveLength(4);
    expect(timeline.told.left).toBe(0);
  });
});

describe("candidateRef", () => {
  it("reads a candidate line of any family, and nothing else", () => {
    expect(candidateRef("candidate:1 1 udp 2130706431 192.168.1.10 5000 typ host")).toEqual({
      type: "host",
      address: "192.168.1.10",
      port: 5000,
    });
    expect(candidateRef("a=candidate:2 1 UDP 1 2001:db8::1 9 typ relay raddr ::1 rport 1")?.address).toBe(
      "2001:db8::1",
    );
    expect(candidateRef("m=audio 9 UDP/TLS/RTP/SAVPF 111")).toBeNull();
    expect(candidateRef("")).toBeNull();
  });
});
