import { describe, expect, it } from "vitest";
import { ServerLogs } from "./server-logs.ts";

describe("ServerLogs", () => {
  it("gives the first lines and those since, by their numbers in the file", () => {
    let now = 1_000;
    const logs = new ServerLogs(["turn"], () => now);
    logs.take("turn", Array.from({ length: 120 }, (_, index) => `start ${index}`).join("\n"));
    now = 2_000;
    logs.take("turn", "before");
    now = 3_000;
    logs.take("turn", "during\nend");
    logs.take("offerer", "no server");
    expect(logs.before("turn", 2_500)).toHaveLength(120);
    expect(logs.since("turn", 500)).toHaveLength(123);
    expect(logs.since("turn", 2_500)).toEqual([
      { number: 122, text: "during", at: 3_000 },
      { number: 123, text: "end", at: 3_000 },
    ]);
    expect(logs.since("offerer", 0)).toEqual([]);
    expect(logs.since("turn", 4_000)).toEqual([]);
  });

  it("keeps no more than it must of a server that writes a lot", () => {
    const logs = new ServerLogs(["turn"]);
    for (let line = 1; line <= 50_000; line++) logs.take("turn", `${line}`);
    const lines = logs.since("turn", 0);
    expect(lines.length).toBeLessThanOrEqual(20_120);
    expect(lines.at(-1)).toMatchObject({ number: 50_000, text: "50000" });
  });

  it("waits for lines on their way, and not for ever", async () => {
    // On a clock that stands still every line has only just come.
    const logs = new ServerLogs(["turn"], () => 1_000);
    logs.take("turn", "more");
    const startedAt = performance.now();
    await logs.settled();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(149);
  });
});
