import { describe, expect, it } from "vitest";
import type { FabricProcess } from "../fabric.ts";
import { DelayLine, delayLineCommand, NoRawSocketsError } from "./delay-line.ts";

describe("delayLineCommand", () => {
  it("says what is asked for, in the model's words", () => {
    const conditions = { latencyMs: 50, jitterMs: 2.5, loss: 0.05, rateKbps: 2_000, queueMs: 30 };
    expect(delayLineCommand("up", conditions, 1_300)).toBe(
      "up latencyMs=50 jitterMs=2.5 loss=0.05 rateKbps=2000 queueMs=30 mtu=1300",
    );
  });

  it("has a queue only where there is a rate, and then one", () => {
    expect(delayLineCommand("down", { queueMs: 30 }, null)).toBe("down");
    expect(delayLineCommand("down", { rateKbps: 500 }, null)).toBe("down rateKbps=500 queueMs=50");
    expect(delayLineCommand("down", { rateKbps: 500, queueMs: 0 }, null)).toBe("down rateKbps=500");
  });
});

describe("DelayLine", () => {
  /** A program that answers what it is told to. */
  function fake(answer: (line: string) => string) {
    let onLine: (line: string) => void = () => {};
    let onEnd: (stderr: string, code: number | null) => void = () => {};
    const process: FabricProcess = {
      pid: 1,
      write: async (line) => onLine(answer(line)),
      onLine: (handler) => {
        onLine = handler;
      },
      onEnd: (handler) => {
        onEnd = handler;
      },
      kill: async () => {},
    };
    return { process, say: (line: string) => onLine(line), end: (stderr: string, code: number) => onEnd(stderr, code) };
  }
  const counters = '"up":{"received":1},"down":{"received":2}';
  const broken: string[] = [];
  const start = async (program: ReturnType<typeof fake>) => {
    const starting = DelayLine.start(program.process, "offerer", (reason) => broken.push(reason));
    program.say('{"ready":true}');
    return starting;
  };

  it("sets both directions, and hears both answers", async () => {
    const heard: string[] = [];
    const line = await start(fake((command) => `{"ok":${heard.push(command) > 0},${counters}}`));
    await line.set({ up: { latencyMs: 20 }, down: {} }, null);
    expect(heard).toEqual(["up latencyMs=20", "down"]);
    expect(await line.counters()).toEqual({ up: { received: 1 }, down: { received: 2 } });
  });

  it("says which command was not understood", async () => {
    const line = await start(fake(() => `{"ok":false,${counters}}`));
    await expect(line.set({ up: { latencyMs: 20 }, down: {} }, null)).rejects.toThrow(
      "did not understand: up latencyMs=20",
    );
  });

  it("tells a machine without raw sockets from a program that broke", async () => {
    const refused = fake(() => "");
    const starting = DelayLine.start(refused.process, "offerer", (reason) => broken.push(reason));
    refused.end("raw socket: Operation not permitted", 3);
    await expect(starting).rejects.toThrow(NoRawSocketsError);
    expect(broken).toEqual([]);
    const crashing = fake(() => "");
    const line = await start(crashing);
    crashing.end("receive: Bad file descriptor", 1);
    await expect(line.counters()).rejects.not.toThrow(NoRawSocketsError);
    expect(broken).toEqual([expect.stringContaining("delay line of offerer ended: receive")]);
  });
});
