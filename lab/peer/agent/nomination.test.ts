import { describe, expect, it } from "vitest";
import {
  BETTER_TRANSPORT_WAIT_MS,
  chooseNominee,
  DIRECT_CHANCE_LIMIT_MS,
  DIRECT_CHANCE_MS,
  DIRECT_CHANCE_SENDS,
  type PairView,
  RELAY_ACCEPTANCE_WAIT_MS,
} from "./nomination.ts";

/** A pair whose check has been under way for long, unless told otherwise. */
const pair = (kind: PairView["kind"], state: PairView["state"], validSinceMs: number | null = null): PairView => {
  return { kind, legs: kind, state, validSinceMs, checkedSinceMs: -10_000, sends: 6 };
};

describe("chooseNominee", () => {
  it("has nothing to nominate before a pair is valid", () => {
    expect(chooseNominee([pair("host", "in-progress"), pair("relayed", "waiting")], 0, false)).toBeNull();
  });

  it("takes a host pair at once, and before a direct one", () => {
    expect(chooseNominee([pair("direct", "valid", 0), pair("host", "valid", 0)], 0, true)).toBe(1);
  });

  it("takes a direct pair as soon as it is valid, whatever else is in progress", () => {
    expect(chooseNominee([pair("host", "in-progress"), pair("direct", "valid", 10)], 10, true)).toBe(1);
  });

  it("lets a relayed pair wait for a better one in progress, and no longer than the acceptance wait", () => {
    const pairs = [pair("direct", "in-progress"), pair("relayed", "valid", 1_000)];
    expect(chooseNominee(pairs, 1_000 + RELAY_ACCEPTANCE_WAIT_MS - 1, false)).toBeNull();
    expect(chooseNominee(pairs, 1_000 + RELAY_ACCEPTANCE_WAIT_MS, false)).toBe(1);
  });

  describe("owes a direct pair a chance", () => {
    const direct = (checkedSinceMs: number | null, sends: number): PairView => {
      return { ...pair("direct", checkedSinceMs === null ? "waiting" : "in-progress"), checkedSinceMs, sends };
    };

    it("counted from its own check's start, so that one that cannot work costs little", () => {
      const pairs = [direct(0, DIRECT_CHANCE_SENDS), pair("relayed", "valid", 20)];
      expect(chooseNominee(pairs, DIRECT_CHANCE_MS - 1, false)).toBeNull();
      expect(chooseNominee(pairs, DIRECT_CHANCE_MS, false)).toBe(1);
      // The relay came late: the direct pair has had its time, and only the acceptance wait is left.
      const late = [direct(0, 5), pair("relayed", "valid", 1_000)];
      expect(chooseNominee(late, 1_000 + RELAY_ACCEPTANCE_WAIT_MS, false)).toBe(1);
    });

    it("counted in sends too: time that the process stood still is none", () => {
      const pairs = [direct(0, DIRECT_CHANCE_SENDS - 1), pair("relayed", "valid", 20)];
      expect(chooseNominee(pairs, DIRECT_CHANCE_MS + 100, false)).toBeNull();
    });

    it("also when its check has not been sent yet, and not for ever", () => {
      const pairs = [direct(null, 0), pair("relayed", "valid", 0)];
      expect(chooseNominee(pairs, DIRECT_CHANCE_LIMIT_MS - 1, false)).toBeNull();
      expect(chooseNominee(pairs, DIRECT_CHANCE_LIMIT_MS, false)).toBe(1);
    });

    it("but not one whose far address may be a relay's, and not one that has failed", () => {
      const unknown = [{ ...direct(190, 1), kind: "unknown" as const }, pair("relayed", "valid", 0)];
      expect(chooseNominee(unknown, RELAY_ACCEPTANCE_WAIT_MS, false)).toBe(1);
      const failed = [{ ...direct(0, 1), state: "failed" as const }, pair("relayed", "valid", 0)];
      expect(chooseNominee(failed, 1, false)).toBe(1);
    });
  });

  it("lets a relayed pair wait while candidates may still come", () => {
    expect(chooseNominee([pair("relayed", "valid", 0)], 1, true)).toBeNull();
    expect(chooseNominee([pair("relayed", "valid", 0)], 1, false)).toBe(0);
  });

  it("takes a relayed pair at once when nothing better is left", () => {
    const pairs = [
      pair("host", "failed"),
      pair("direct", "failed"),
      pair("relayed", "valid", 5),
      pair("relayed", "waiting"),
    ];
    expect(chooseNominee(pairs, 5, false)).toBe(2);
  });

  it("prefers the higher-priority relayed pair that became valid during the wait", () => {
    const pairs = [pair("relayed", "valid", 150), pair("relayed", "valid", 0), pair("direct", "in-progress")];
    expect(chooseNominee(pairs, RELAY_ACCEPTANCE_WAIT_MS, true)).toBe(0);
  });

  it("gives the same legs over a better transport more time, but not for ever", () => {
    const udpLate = [pair("relayed", "in-progress"), pair("relayed", "valid", 0)];
    expect(chooseNominee(udpLate, RELAY_ACCEPTANCE_WAIT_MS, false)).toBeNull();
    expect(chooseNominee(udpLate, BETTER_TRANSPORT_WAIT_MS, false)).toBe(1);
    const otherLegs = [{ ...pair("relayed", "in-progress"), legs: "host-relay" }, pair("relayed", "valid", 0)];
    expect(chooseNominee(otherLegs, RELAY_ACCEPTANCE_WAIT_MS, false)).toBe(1);
  });

  it("treats a far address that nobody has signalled yet like a relay", () => {
    expect(chooseNominee([pair("unknown", "valid", 0)], 10, true)).toBeNull();
    expect(chooseNominee([pair("unknown", "valid", 0)], RELAY_ACCEPTANCE_WAIT_MS, true)).toBe(0);
  });
});
