import { describe, expect, it } from "vitest";
import { idleBetween } from "./idle-time.ts";

describe("idleBetween", () => {
  it("is certain about both ends", () => {
    const before = { begunAt: 0, lastSentAt: 5, overAt: 10 };
    const after = { begunAt: 810, lastSentAt: 850, overAt: 860 };
    expect(idleBetween(before, after)).toEqual({ atLeastMs: 800, atMostMs: 855 });
  });

  it("counts a stall before the packets leave, and one before the answer is processed, on the side it may be on", () => {
    const fresh = { begunAt: 0, lastSentAt: 0, overAt: 1 };
    // The first packet of the second exchange may have left at 801 or at 1,101: nobody knows.
    expect(idleBetween(fresh, { begunAt: 801, lastSentAt: 1_101, overAt: 1_102 })).toEqual({
      atLeastMs: 800,
      atMostMs: 1_102,
    });
    // The answer to the first exchange may have passed at once or just before it was processed.
    expect(idleBetween({ ...fresh, overAt: 300 }, { begunAt: 1_100, lastSentAt: 1_100, overAt: 1_101 })).toEqual({
      atLeastMs: 800,
      atMostMs: 1_101,
    });
  });
});
