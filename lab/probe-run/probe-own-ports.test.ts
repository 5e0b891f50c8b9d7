import { expect, it } from "vitest";
import { openPorts } from "./probe-own-ports.ts";

it("finds what listens to more than loopback, each port once", () => {
  const listed = [
    "LISTEN 0      1024      34.77.1.10:3478      0.0.0.0:*",
    "LISTEN 0      1024      34.77.1.10:3478      0.0.0.0:*",
    "LISTEN 0      5          127.0.0.1:5766      0.0.0.0:*",
    "LISTEN 0      5              [::1]:5767         [::]:*",
    "LISTEN 0      128                *:9641            *:*",
    "LISTEN 0      128   [2600:1900::1]:8080         [::]:*",
    "",
  ].join("\n");
  expect(openPorts(listed)).toEqual([3478, 9641, 8080]);
});
