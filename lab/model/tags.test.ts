import { describe, expect, it } from "vitest";
import { hasTags, metricKey, parseMetricKey } from "./tags.ts";

describe("a key of thresholds", () => {
  it.each([
    ["connect_time", "connect_time", []],
    ["connect_time{path:relayed}", "connect_time", [["path", "relayed"]]],
    [
      `session_success{ path : relayed , "failure":'turn_no_answer' }`,
      "session_success",
      [
        ["path", "relayed"],
        ["failure", "turn_no_answer"],
      ],
    ],
    // Only the first colon parts a tag from its value (k6: AddSubmetric).
    ["connect_time{server:turn:3478}", "connect_time", [["server", "turn:3478"]]],
  ])("%s is read as k6 reads it", (key, metric, tags) => {
    expect(parseMetricKey(key)).toEqual({ metric, tags });
  });

  it.each([
    "connect_time{}",
    "connect_time{path}",
    "connect_time{path:}",
    "connect_time{:relayed}",
    "connect_time{path:relayed",
    "connect_time}",
    "connect_time{path:relayed} ",
    "connect_time{path:relayed,}",
  ])("%s is none", (key) => {
    expect(parseMetricKey(key)).toHaveProperty("error");
    expect(() => metricKey(key)).toThrow(TypeError);
  });

  it("takes the samples that have all of its tags", () => {
    const { tags } = metricKey("connect_time{path:relayed,transport:tls}");
    expect(hasTags({ scenario: "one", path: "relayed", transport: "tls" }, tags)).toBe(true);
    expect(hasTags({ scenario: "one", path: "relayed" }, tags)).toBe(false);
    expect(hasTags({ scenario: "one", path: "relayed", transport: "udp" }, tags)).toBe(false);
    expect(hasTags({}, {})).toBe(true);
  });
});
