import { expect, it } from "vitest";
import { fixForVersion } from "./fix-for-version.ts";

const CLI = "no-cli (up to 4.9), no cli (from 4.10), or cli-ip=127.0.0.1";

it.each([
  [CLI, "4.6.1", "no-cli, or cli-ip=127.0.0.1"],
  [CLI, "4.9.2-1", "no-cli, or cli-ip=127.0.0.1"],
  [CLI, "4.10.0", "no cli, or cli-ip=127.0.0.1"],
  [CLI, null, CLI],
  ["prometheus-address=127.0.0.1 (from 4.6.3), or a firewall", "4.6.1", "a firewall"],
  ["no-software-attribute (up to 4.6), no software-attribute (from 4.7)", "4.17.1", "no software-attribute"],
  [
    "no-stun-backward-compatibility (4.6), no stun-backward-compatibility (from 4.7)",
    "4.6.1",
    "no-stun-backward-compatibility",
  ],
  ["a new key and certificate", "4.6.1", "a new key and certificate"],
] as const)("of %s chooses for %s", (fix, version, expected) => {
  expect(fixForVersion(fix, version)).toBe(expected);
});
