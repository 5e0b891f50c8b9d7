import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ATTEMPT_DELAY_MS, firstToSucceed } from "./happy-eyeballs.ts";

/** An attempt that ends as told, and how often and when it was begun. */
function attempt(outcome: { afterMs: number; with: string | Error }) {
  const begun: { atMs: number; signal: AbortSignal }[] = [];
  const run = (signal: AbortSignal) => {
    begun.push({ atMs: Date.now(), signal });
    return new Promise<string>((resolve, reject) => {
      setTimeout(() => {
        if (typeof outcome.with === "string") resolve(outcome.with);
        else reject(outcome.with);
      }, outcome.afterMs);
    });
  };
  return { run, begun };
}

describe("firstToSucceed", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it("takes the preferred one, and does not begin another, when it is quick", async () => {
    const six = attempt({ afterMs: ATTEMPT_DELAY_MS - 1, with: "six" });
    const four = attempt({ afterMs: 1, with: "four" });
    const result = firstToSucceed([six.run, four.run], () => {});
    await vi.runAllTimersAsync();
    expect(await result).toBe("six");
    expect(four.begun).toEqual([]);
  });

  it("begins the next when the one before takes long, takes whichever succeeds first, and ends the other", async () => {
    const six = attempt({ afterMs: 5_000, with: new Error("no answer") });
    const four = attempt({ afterMs: 20, with: "four" });
    const result = firstToSucceed([six.run, four.run], () => {});
    await vi.advanceTimersByTimeAsync(ATTEMPT_DELAY_MS + 20);
    expect(await result).toBe("four");
    expect(four.begun.map(({ atMs }) => atMs)).toEqual([ATTEMPT_DELAY_MS]);
    expect(six.begun[0]?.signal.aborted).toBe(true);
    await vi.runAllTimersAsync();
  });

  it("begins the next at once when the one before fails, and once only", async () => {
    const six = attempt({ afterMs: 3, with: new Error("unreachable") });
    const four = attempt({ afterMs: ATTEMPT_DELAY_MS * 3, with: "four" });
    const result = firstToSucceed([six.run, four.run], () => {});
    await vi.runAllTimersAsync();
    expect(await result).toBe("four");
    expect(four.begun.map(({ atMs }) => atMs)).toEqual([3]);
  });

  it("discards what the slower one yields all the same", async () => {
    const six = attempt({ afterMs: ATTEMPT_DELAY_MS + 50, with: "six" });
    const four = attempt({ afterMs: 10, with: "four" });
    const discarded: string[] = [];
    const result = firstToSucceed([six.run, four.run], (late) => void discarded.push(late));
    await vi.runAllTimersAsync();
    expect(await result).toBe("four");
    expect(discarded).toEqual(["six"]);
  });

  it("rejects with the preferred one's error when all have failed", async () => {
    const six = attempt({ afterMs: 900, with: new Error("six failed") });
    const four = attempt({ afterMs: 1, with: new Error("four failed") });
    const failure = firstToSucceed([six.run, four.run], () => {}).catch((error: Error) => error.message);
    await vi.runAllTimersAsync();
    expect(await failure).toBe("six failed");
  });
});
