import { describe, expect, it } from "vitest";
import { asItIs, masked, missingPiece, shownAnew } from "./same-output.ts";

const OUTPUT = "calls   20\n  median  161 ms\n\nthe end after 12.5 s\n";

describe("what a page shows of an output", () => {
  it("is all of it, or pieces in its order", () => {
    expect(missingPiece(OUTPUT, OUTPUT, asItIs)).toBeNull();
    expect(missingPiece("calls   20\n…\nthe end after 12.5 s\n", OUTPUT, asItIs)).toBeNull();
    expect(missingPiece("…\n  median  161 ms\n…\n", OUTPUT, asItIs)).toBeNull();
  });

  it("is not what was never printed, or elsewhere", () => {
    expect(missingPiece("calls   21\n…\n", OUTPUT, asItIs)).toBe("calls   21");
    expect(missingPiece("calls   20\n", OUTPUT, asItIs)).toBe("calls   20");
    expect(missingPiece("  median  161 ms\n…\n", OUTPUT, asItIs)).toBe("  median  161 ms");
    expect(missingPiece("…\nthe end after 12.5 s\n…\ncalls   20\n…\n", OUTPUT, asItIs)).toBe("calls   20");
    expect(missingPiece("calls   20\nthe end after 12.5 s\n", OUTPUT, asItIs)).not.toBeNull();
  });

  it("may have other numbers where a lab measured them, and no other words", () => {
    const other = "calls 7\n  median  1,161 ms\n\nthe end after 1 min 3 s\n";
    expect(missingPiece(other, OUTPUT, masked)).toBeNull();
    expect(missingPiece(other, OUTPUT, asItIs)).not.toBeNull();
    expect(missingPiece(other.replace("median", "mean"), OUTPUT, masked)).not.toBeNull();
    expect(masked("run 2026-11-28T18-19-19-3ccf of turnlab/coturn:1f44057b0d97")).toBe(
      "run RUN of turnlab/coturn:HASH",
    );
  });
});

describe("a page made anew", () => {
  it("keeps what it leaves out", () => {
    expect(shownAnew("", OUTPUT)).toBe(OUTPUT);
    expect(shownAnew("calls   3\n…\nthe end after 1 s\n", OUTPUT)).toBe("calls   20\n…\nthe end after 12.5 s\n");
    expect(shownAnew("calls   3\n…\n\nthe end after 1 s\n", `one\n\n${OUTPUT}`)).toBe(
      "one\n…\n\nthe end after 12.5 s\n",
    );
    expect(shownAnew("…\n  median  7 ms\n\n…\n", OUTPUT)).toBe("…\n  median  161 ms\n\n…\n");
  });

  it("is refused where the output has lost a line by which a piece is found", () => {
    expect(() => shownAnew("…\n  mean  7 ms\n…\n", OUTPUT)).toThrow("mean  7 ms");
  });
});
