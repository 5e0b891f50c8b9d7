import { expect, it } from "vitest";
import { toldFailures } from "./told-failure.ts";

it("takes from a browser what it tells of a server that it did not reach", () => {
  expect(toldFailures("proxy_refused", ["chromium", "werift"])).toEqual([
    "proxy_refused",
    "turn_connect_failed",
    "session_timeout",
  ]);
  expect(toldFailures("turn_tls_failed", ["firefox"])).toEqual([
    "turn_tls_failed",
    "turn_connect_failed",
    "ice_failed",
  ]);
  expect(toldFailures("ice_failed", ["chromium", "chromium"])).toEqual(["ice_failed", "session_timeout"]);
});

it("takes nothing else for a cause that every engine tells, and none from werift", () => {
  expect(toldFailures("turn_unauthorized", ["chromium", "firefox"])).toEqual(["turn_unauthorized"]);
  expect(toldFailures("dns_failed", ["chromium", "firefox"])).toEqual(["dns_failed"]);
  expect(toldFailures("proxy_refused", ["werift", "werift"])).toEqual(["proxy_refused"]);
});
