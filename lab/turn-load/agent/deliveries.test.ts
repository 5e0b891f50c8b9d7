import { expect, it } from "vitest";
import { Deliveries } from "./deliveries.ts";

it("counts as lost what has not come within two seconds, and takes nothing that comes later", () => {
  const deliveries = new Deliveries(10_000);
  for (let due = 10_000; due < 11_000; due += 10) deliveries.sent(due);
  for (let due = 10_000; due < 10_500; due += 10) expect(deliveries.received(due, due + 30)).toBe(true);
  expect(deliveries.received(10_510, 12_510)).toBe(true);
  expect(deliveries.received(10_520, 12_521)).toBe(false);
  expect(deliveries.settle(12_400)).toBe(0);
  expect(deliveries.settle(13_049)).toBe(49);
  expect(deliveries.settle(20_000)).toBe(0);
  expect(deliveries.received(10_530, 20_000)).toBe(false);
});

it("settles all at the end, also what a stalled worker sent", () => {
  const deliveries = new Deliveries(0);
  deliveries.sent(100);
  expect(deliveries.settle(60_000)).toBe(1);
  deliveries.sent(60_000);
  deliveries.sent(59_985);
  expect(deliveries.received(59_985, 60_010)).toBe(true);
  expect(deliveries.settleAll(60_050)).toBe(1);
  expect(deliveries.settleAll(70_000)).toBe(0);
});
