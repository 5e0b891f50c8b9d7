import { expect, it } from "vitest";
import { linesOf } from "./gate-checks.ts";

it("names the line of an option that counts, and none of a list of which every line does", () => {
  const text = [
    "max-port=50000",
    "denied-peer-ip=10.0.0.0-10.255.255.255",
    "user=one:1",
    "max-port=60000",
    "denied-peer-ip=127.0.0.1",
  ].join("\n");
  expect(linesOf({ text })).toEqual({ "max-port": 4, user: 3 });
});
