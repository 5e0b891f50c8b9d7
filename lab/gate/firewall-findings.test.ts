import { describe, expect, it } from "vitest";
import type { PortRule } from "../model/firewall.ts";
import { firewallFindings } from "./firewall-findings.ts";
import { parsedConfig } from "./test-config.ts";

const told = (firewall: PortRule[] | undefined, ...lines: string[]) =>
  firewallFindings(firewall ? { firewall } : {}, parsedConfig(["realm=r", ...lines].join("\n"))).map(
    ({ line, found }) => [line, found],
  );

describe("firewallFindings", () => {
  it("is silent where the range is inside, and where nobody has said what is let in", () => {
    expect(told(["udp:40000-50000", "udp:50001-65535"], "min-port=49152", "max-port=65535")).toEqual([]);
    expect(told(["udp"])).toEqual([]);
    expect(told(undefined, "min-port=1", "max-port=2")).toEqual([]);
  });

  it("names the end of the range that is outside", () => {
    const firewall: PortRule[] = ["tcp", "udp:49152-65535"];
    expect(told(firewall, "min-port=32768", "max-port=65535")).toMatchObject([
      [2, expect.stringContaining("16384 of 32768")],
    ]);
    expect(told(["udp:50000-60000"], "min-port=50000", "max-port=60001")).toMatchObject([
      [3, expect.stringContaining("udp:60001")],
    ]);
    expect(told(["tcp:443"])).toMatchObject([[null, expect.stringContaining("16384 of 16384")]]);
  });
});
