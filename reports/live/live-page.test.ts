import { Script } from "node:vm";
import { expect, it } from "vitest";
import { pageScript, renderLivePage } from "./live-page.ts";
import { isShown } from "./shown-events.ts";

it("is one file: its script has no imports left, no types, and each name once", () => {
  expect(pageScript()).not.toMatch(/^(import|export)\b/m);
  expect(() => new Script(pageScript())).not.toThrow();
});

it("names nobody else", () => {
  expect(renderLivePage().replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\/|src=|@import/);
});

it("leaves out what is large, by a line's first word alone", () => {
  expect(isShown('{"type":"session_finished","at":1}')).toBe(true);
  expect(isShown('{"type":"webrtc_stats","note":{"type":"session_finished"}}')).toBe(false);
  expect(isShown('{"at":1,"type":"session_finished"}')).toBe(false);
  expect(isShown("")).toBe(false);
});
