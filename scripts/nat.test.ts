import { afterEach, describe, expect, it, vi } from "vitest";
import { NAT_PRESETS } from "../lab/model/nat-presets.ts";
import { InvalidInput } from "./invalid-input.ts";
import { natCommand } from "./nat.ts";

function printed(preset?: string): string {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  expect(natCommand(preset)).toBe(0);
  return text;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("turnlab nat", () => {
  it("lists every preset with its behaviour and what it means", () => {
    const blocks = printed().split("\n\n");
    expect(blocks.map((block) => block.split("\n")[0])).toEqual(Object.keys(NAT_PRESETS));
    const words = [
      "mapping",
      "filtering",
      "TCP",
      "ports",
      "addresses",
      "hairpinning",
      "lifetime",
      "firewall",
      "for ICE",
    ];
    for (const block of blocks) for (const word of words) expect(block).toContain(`\n  ${word} `);
  });

  it.each(Object.keys(NAT_PRESETS))("prints behaviour, equipment, consequence and rules of %s", (preset) => {
    const text = printed(preset);
    for (const word of ["what it is", "seen in", "for ICE"]) expect(text).toContain(word);
    expect(text).toContain("# sysctl net.netfilter.nf_conntrack_udp_timeout");
    expect(text).toMatch(/^table ip lab \{\n[\s\S]*\n\}\n$/m);
  });

  it("refuses a name that is no preset's, and names those that are", () => {
    expect(() => natCommand("symetric")).toThrow(InvalidInput);
    expect(() => natCommand("toString")).toThrow(/full-cone, address-restricted/);
  });
});
