import { describe, expect, it } from "vitest";
import { TrueSources } from "./true-sources.ts";

const X = { address: "51.15.10.10", port: 3478 };

describe("TrueSources", () => {
  it("knows nothing before anything has come, or of what nobody asked for", () => {
    const sources = new TrueSources();
    sources.saw("unknown", X);
    sources.expect("one", X);
    expect(sources.areKept).toBeNull();
  });

  it("is content with answers from where they were sent", () => {
    const sources = new TrueSources();
    sources.expect("one", X);
    sources.saw("one", { ...X });
    expect(sources.areKept).toBe(true);
  });

  it.each([{ port: 3479 }, { address: "51.15.20.20" }])("never forgets one from elsewhere: %o", (other) => {
    const sources = new TrueSources();
    for (const id of ["one", "two"]) sources.expect(id, X);
    sources.saw("one", { ...X, ...other });
    sources.saw("two", X);
    expect(sources.areKept).toBe(false);
  });
});
