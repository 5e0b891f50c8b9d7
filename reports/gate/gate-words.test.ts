import { expect, it } from "vitest";
import type { GateServer } from "../../lab/model/gate.ts";
import { aReport } from "./example-gate.ts";
import { describeRepeat } from "./gate-words.ts";

it("repeats a gate with the images that it ran from, where the lab's own was one of them too", () => {
  const server = (reference: string | null): GateServer => ({
    file: "turnserver.conf",
    image: reference === null ? null : { reference, id: null },
    version: null,
  });
  const of = (candidate: string | null, baseline: string | null) =>
    describeRepeat(aReport({ candidate: server(candidate), baseline: server(baseline) })).replace(/^.*\.conf ?/, "");
  const [own, lab] = ["registry.example/coturn:5", "turnlab/coturn:1f44057b0d97"];
  expect(of(null, null)).toBe("");
  expect(of(lab, lab)).toBe("");
  expect(of(own, own)).toBe(`--image ${own}`);
  expect(of(own, lab)).toBe(`--image ${own} --baseline-image ${lab}`);
  expect(of(lab, own)).toBe(`--baseline-image ${own}`);
  expect(describeRepeat(aReport({ leftOut: ["check", "probe"] }))).toMatch(/ --without check,probe$/);
});
